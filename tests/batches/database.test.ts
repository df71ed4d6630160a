import { together } from './together.ts'

together('src/**/*.db.test.ts')
