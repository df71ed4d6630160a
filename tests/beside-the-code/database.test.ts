import { together } from './together.ts'

together((file) => file.endsWith('.db.test.ts'))
