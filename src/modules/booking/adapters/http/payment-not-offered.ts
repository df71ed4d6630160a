import type { ChoosePaymentError } from '../../use-cases/choose-payment.ts'

const wrong = {
  method: 'There is no such method; there are',
  channel: 'The method has no such channel; it has',
  gateway: 'No such gateway offers this; it is offered by',
  phone: 'This channel needs the phone number of the buyer; these do not',
}

/** Says which part of a buyer's choice there is not, and what there is instead. */
export function paymentNotOffered({ kind, part, offered, methods }: ChoosePaymentError) {
  const detail =
    offered.length > 0 || part === 'phone'
      ? `${wrong[part]}: ${offered.join(', ')}.`
      : 'The method has no channels; name none.'
  return { kind, detail, methods }
}
