/** The part of newman that is used here; the library has no types of its own. */
declare module 'newman' {
  type Failure = { source?: { name?: string }; error: { name: string; message: string } }
  export type Summary = {
    run: {
      failures: Failure[]
      stats: Record<'requests' | 'assertions', { total: number; failed: number }>
    }
  }
  type Options = {
    collection: string
    workingDir: string
    envVar: { key: string; value: string }[]
    timeout: number
  }
  const newman: {
    run(options: Options, done: (error: Error | null, summary: Summary) => void): void
  }
  export default newman
}
