import { together } from './together.ts'

together('tests/modules/*.test.ts')
