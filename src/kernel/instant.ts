/** An instant as people in Jakarta read it, zone included: `Sabtu, 12 Desember 2026 pukul 19.00 WIB`. */
export function formatInstant(instant: Date, locale: 'id' | 'en'): string {
  const text = new Intl.DateTimeFormat(locale === 'id' ? 'id-ID' : 'en-GB', {
    timeZone: 'Asia/Jakarta',
    dateStyle: 'full',
    timeStyle: 'short',
  }).format(instant)
  return `${text} WIB`
}

/** The instant so many days of 24 hours earlier. */
export const daysBefore = (instant: Date, days: number): Date =>
  new Date(instant.getTime() - days * 24 * 3_600_000)
