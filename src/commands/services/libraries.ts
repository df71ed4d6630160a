import { globSync } from 'node:fs'

/** Lets an unpacked program find the libraries that were unpacked beside it. */
export function librariesOf(root: string): Record<string, string> {
  if (root === '/') return {}
  const folders = globSync(`${root}/{usr/,}lib/*-linux-gnu*`)
  return { LD_LIBRARY_PATH: folders.join(':') }
}
