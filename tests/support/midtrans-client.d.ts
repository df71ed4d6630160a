/** The library has no types of its own, and those of others are wrong. */
declare module 'midtrans-client' {
  type Options = { isProduction: boolean; serverKey: string; clientKey: string }
  export type Answer = Record<string, string> & {
    va_numbers: { bank: string; va_number: string }[]
  }
  export type Api = {
    apiConfig: { getCoreApiBaseUrl(): string; getSnapApiBaseUrl(): string }
    transaction: Record<
      'status' | 'cancel' | 'expire' | 'refund' | 'refundDirect' | 'notification',
      (id: unknown, body?: object) => Promise<Answer>
    >
  }
  const midtransClient: {
    CoreApi: new (options: Options) => Api & { charge(body: object): Promise<Answer> }
    Snap: new (options: Options) => Api & { createTransaction(body: object): Promise<Answer> }
  }
  export default midtransClient
}
