import type { Http } from '../../../../platform/module.ts'
import { businessId } from '../../domain/merchant.ts'
import { fieldsOf, isText } from '../../domain/fields.ts'
import type { SandboxPorts } from '../../ports.ts'
import type { ControlSwitches } from '../controls.ts'
import { serveOperations, type Operation } from '../operations.ts'
import { invoiceOperations } from './invoices.ts'
import { invalid, xenditManners } from './manners.ts'
import { paymentRequestOperations } from './payment-requests.ts'
import { refundOperations } from './refunds.ts'
import { sessionOperations } from './sessions.ts'

export type XenditOptions = { secretKey: string; callbackToken: string }

/** Xendit's API, answered from our own tables. */
export function xenditApi(
  http: Http,
  ports: SandboxPorts,
  switches: ControlSwitches,
  { secretKey, callbackToken }: XenditOptions,
): void {
  const operations = xenditOperations(ports, switches, { callbackToken })
  serveOperations(http, ports, operations, xenditManners(secretKey))
}

export const xenditOperations = (
  ports: SandboxPorts,
  switches: ControlSwitches,
  { callbackToken }: Pick<XenditOptions, 'callbackToken'>,
): Operation[] => [
  ...invoiceOperations(ports),
  ...paymentRequestOperations(ports),
  ...sessionOperations(ports),
  ...refundOperations(ports),
  settingCallbackUrl(switches, callbackToken),
]

const callbackTypes = ['invoice', 'payment', 'payment_request', 'payment_session', 'refund']

/** Where webhooks of one type go from now on. */
function settingCallbackUrl(switches: ControlSwitches, callbackToken: string): Operation {
  return {
    name: 'set-callback-url',
    method: 'POST',
    path: '/callback_urls/:id',
    async answer({ id, body }) {
      const url = fieldsOf(body)['url']
      const isSane = isText(url, 2_000) && URL.canParse(url) && /^https?:/.test(url)
      if (!isSane || !callbackTypes.includes(id)) return invalid(['"url" is not valid'])
      await switches.setCallbackUrl(id, url)
      return {
        status: 200,
        body: {
          status: 'SUCCESSFUL',
          user_id: businessId,
          url,
          environment: 'TEST',
          callback_token: callbackToken,
        },
      }
    },
  }
}
