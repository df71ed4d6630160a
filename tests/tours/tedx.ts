import type { Tour, TourRequest } from './tour.ts'

/** What an order is made of, with something in it changed. */
const orderOf = (item: object, user: object = {}): Pick<TourRequest, 'headers' | 'body'> => ({
  headers: { 'X-API-Key': '{{apiKey}}' },
  body: {
    user: {
      full_name: 'Sari Dewi',
      email: '{{$guid}}@example.test',
      no_hp: '081234567890',
      ...user,
    },
    items: [{ ticketId: '{{ticketId}}', quantity: 1, ...item }],
  },
})

export const tedxTour: Tour = {
  name: 'tedx',
  title: 'tedx',
  about: 'An order without an account, its invoice, the callback, the mail with the e-ticket.',
  variables: { apiKey: 'TEDX_API_KEY, when it is set' },
  requests: [
    {
      title: 'The tickets on sale',
      send: 'GET /api/tickets',
      headers: { 'X-Request-Id': 'tour-of-tedx' },
      answers: 200,
      hasHeaders: { 'X-Request-Id': 'tour-of-tedx' },
      has: {
        'data[0].id': /^tickettype-/,
        'data[0].type': /^[A-Z0-9_]+$/,
        'data[0].price': /^\d+$/,
        'data[0].amount': /^\d+$/,
        'data[0].eventId': /^event-/,
      },
      keeps: { ticketId: 'data[0].id', price: 'data[0].price' },
    },
    {
      title: 'Order without a name',
      send: 'POST /api/orders',
      ...orderOf({}, { full_name: ' ' }),
      answers: 400,
      has: { 'error.message': /./, 'error.requestId': /./ },
    },
    {
      title: 'Order an unknown ticket',
      send: 'POST /api/orders',
      ...orderOf({ ticketId: 'tickettype-0' }),
      answers: 400,
      has: { 'error.message': /./ },
    },
    {
      title: 'Order nothing',
      send: 'POST /api/orders',
      ...orderOf({ quantity: 0 }),
      answers: 400,
      has: { 'error.message': /./ },
    },
    {
      title: 'Order a ticket',
      send: 'POST /api/orders',
      ...orderOf({}),
      answers: 201,
      has: {
        'data.order.id': /^order-/,
        'data.order.status': 'PENDING',
        'data.order.total': /^\d+$/,
        'data.order.items[0].ticketId': '{{ticketId}}',
        'data.order.items[0].quantity': 1,
        'data.payment.status': 'PENDING',
        'data.payment.invoiceUrl': /^http/,
      },
      keeps: {
        orderId: 'data.order.id',
        invoiceUrl: 'data.payment.invoiceUrl',
        externalId: 'data.payment.externalId',
      },
    },
    {
      title: 'A callback with a wrong token',
      send: 'POST /api/payment-callback',
      headers: { 'x-callback-token': 'wrong' },
      body: { id: 'x', external_id: '{{externalId}}', status: 'PAID' },
      answers: 401,
      has: { 'error.message': /./ },
    },
    {
      // The sandbox sends its own callback, with the right token.
      title: 'Pay in the sandbox',
      send: 'POST {{invoiceUrl}}/pay',
      answers: 200,
    },
    {
      title: 'The administrator logs in',
      send: 'POST /v1/auth/login',
      body: { email: '{{adminEmail}}', password: '{{demoPassword}}' },
      answers: 200,
      keeps: { adminToken: 'accessToken' },
    },
    {
      title: 'The order is paid',
      send: 'GET /v1/orders/{{orderId}}',
      as: 'adminToken',
      soon: true,
      answers: 200,
      has: { status: 'paid' },
      keeps: { email: 'buyer.email' },
    },
    {
      title: 'The mail with the ticket',
      send: 'GET /dev/mail.json?to={{email}}',
      soon: true,
      answers: 200,
      has: {
        'mails[0].orderId': '{{orderId}}',
        'mails[0].attachments[0].contentType': 'application/pdf',
      },
    },
  ],
}
