import './no-circular.ts'
export const b = 1
