import { toPublicId } from '../../../kernel/id.ts'
import type { Locale } from '../../booking/contract.ts'
import type { IntegrationMessage } from '../../integration/contract.ts'
import { oneLine } from './mail.ts'
import type { MailContent } from './render.ts'

export type DisabledEndpoint = Extract<IntegrationMessage, { type: 'endpoint.disabled' }>['data']

/** Tells its owner that an endpoint is sent nothing more. */
export function endpointDisabledContent(
  { endpointId, url, reason }: DisabledEndpoint,
  ownerName: string,
  locale: Locale,
): MailContent {
  const text = texts[locale]
  return {
    subject: text.subject,
    greeting: text.greet(oneLine(ownerName)),
    paragraphs: [text[reason], text.enable],
    facts: [
      [text.address, oneLine(url)],
      [text.endpoint, toPublicId('endpoint', endpointId)],
    ],
    action: undefined,
    closing: text.close,
  }
}

const texts = {
  id: {
    subject: 'Webhook Anda dinonaktifkan',
    greet: (name: string) => `Halo ${name},`,
    gone: 'Alamat webhook di bawah ini menjawab 410 (Gone), jadi kami tidak mengirim apa pun lagi ke sana.',
    failing:
      'Alamat webhook di bawah ini tidak menerima satu pun kiriman selama lima hari, jadi kami tidak mengirim apa pun lagi ke sana.',
    enable:
      'Setelah diperbaiki, aktifkan kembali webhook itu dan minta kiriman yang gagal dikirim ulang. Kiriman disimpan selama tiga puluh hari; selama webhook nonaktif tidak ada kiriman baru.',
    address: 'Alamat',
    endpoint: 'Nomor',
    close: 'Salam hangat, Karcis',
  },
  en: {
    subject: 'Your webhook was disabled',
    greet: (name: string) => `Hello ${name},`,
    gone: 'The webhook address below answered 410 (Gone), so we send nothing more there.',
    failing:
      'The webhook address below accepted no delivery for five days, so we send nothing more there.',
    enable:
      'Once it is mended, enable the webhook again and have what failed redelivered. Deliveries are kept for thirty days; while the webhook is disabled, none are added.',
    address: 'Address',
    endpoint: 'Id',
    close: 'Kind regards, Karcis',
  },
} as const
