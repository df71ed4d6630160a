/** The library has no types of its own, and those of others are wrong. */
declare module 'midtrans-client' {
  type Answer = Record<string, string> & { va_numbers: { bank: string; va_number: string }[] }

  class Api {
    constructor(options: { isProduction: boolean; serverKey: string; clientKey: string })
    apiConfig: { getCoreApiBaseUrl(): string; getSnapApiBaseUrl(): string }
    transaction: Record<
      'status' | 'cancel' | 'expire' | 'refund' | 'refundDirect' | 'notification',
      (id: unknown, body?: object) => Promise<Answer>
    >
  }
  class CoreApi extends Api {
    charge(body: object): Promise<Answer>
  }
  class Snap extends Api {
    createTransaction(body: object): Promise<Answer>
  }
  const midtransClient: { CoreApi: typeof CoreApi; Snap: typeof Snap }
  export default midtransClient
  export type { Answer, Api }
}
