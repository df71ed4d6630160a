import './other-half.ts'
export const a = 1
