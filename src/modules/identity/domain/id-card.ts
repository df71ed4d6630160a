/** The pictures an identity card may be, by content type. */
export type IdCardType = 'image/jpeg' | 'image/png' | 'image/webp'

export type IdCard = { contentType: IdCardType; content: Uint8Array }

/** Larger than any photograph of a card need be. */
export const idCardBytesMax = 5 * 1024 * 1024

/** What a file is by how it begins, whatever it claims to be; undefined for what is no picture. */
export function pictureType(content: Uint8Array): IdCardType | undefined {
  if (beginsWith(content, 0, [0xff, 0xd8, 0xff])) return 'image/jpeg'
  if (beginsWith(content, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png'
  const isRiff = beginsWith(content, 0, [0x52, 0x49, 0x46, 0x46])
  if (isRiff && beginsWith(content, 8, [0x57, 0x45, 0x42, 0x50])) return 'image/webp'
  return undefined
}

const beginsWith = (content: Uint8Array, offset: number, bytes: readonly number[]): boolean =>
  bytes.every((byte, i) => content[offset + i] === byte)
