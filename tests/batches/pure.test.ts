import { together } from './together.ts'

together('src/**/*.test.ts', (file) => !file.endsWith('.db.test.ts'))
