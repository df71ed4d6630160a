/**
 * An amount in the unit the currency is really charged in: whole rupiah for IDR, cents for USD.
 * Always an integer, so that sums are exact.
 */
export type Money = { amount: number; currency: string }

const wholeCurrencies = ['IDR', 'JPY', 'KRW', 'VND']

/** How many decimals the charged unit of a currency has; IDR is charged in whole rupiah. */
export const decimalsOf = (currency: string): number => (wholeCurrencies.includes(currency) ? 0 : 2)

/** The amount as a person reads it: `Rp 3.800.000`, `$12.50`. */
export function formatMoney({ amount, currency }: Money, locale: 'id' | 'en'): string {
  const decimals = decimalsOf(currency)
  return new Intl.NumberFormat(locale === 'id' ? 'id-ID' : 'en-US', {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(amount / 10 ** decimals)
}
