/** A page of a group; those of one group are forgotten together. */
export type PageName = { group: string; key: string; refreshSeconds: number }

/** Ready-made bytes, and for how long they may be shown. */
export type Page = { bytes: Buffer; freshMillis: number }

/** Pages that cost much to make and may be some seconds old, so that one is made for all who ask. */
export type SharedPages = {
  /** The page, made anew once it is as old as it may be. What `make` resolves to undefined is not shared. */
  of(name: PageName, make: () => Promise<Buffer | undefined>): Promise<Page | undefined>
  /** Whoever asks from now on is shown no page of the group that was made before. */
  forget(group: string): void
}

/** Those of a process that shares them with nobody: made whenever it asks, kept by whoever asks. */
export const ownPages: SharedPages = {
  async of({ refreshSeconds }, make) {
    const bytes = await make()
    return bytes && { bytes, freshMillis: refreshSeconds * 1_000 }
  },
  forget: () => {},
}
