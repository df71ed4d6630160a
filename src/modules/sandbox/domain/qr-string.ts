/** What a QR code says. No bank would take it for a real one. */
export const qrString = (paymentId: string): string => `00020101021226SANDBOX-${paymentId}-5303360`
