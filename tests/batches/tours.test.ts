import { together } from './together.ts'

together('tests/tours/*.test.ts')
