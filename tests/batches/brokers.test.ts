import { together } from './together.ts'

// Without brokers they only say what they skip.
together('tests/brokers/*.test.ts')
