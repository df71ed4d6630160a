/** Who the gateways work for, and what they need to speak to them. */
export type Merchant = {
  name: string
  /** Where browsers reach the sandbox: `…/sandbox`. */
  sandboxUrl: string
  /** SHA-512 of the text and the server key behind it, in hexadecimal digits. */
  sign(text: string): string
}

export const businessId = '5f0000000000000000000001'
export const midtransMerchantId = 'G000000001'
