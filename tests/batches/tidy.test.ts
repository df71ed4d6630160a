import { together } from './together.ts'

together('tests/tidy/*.test.ts')
