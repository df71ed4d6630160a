// Contested orders by k6 (https://grafana.com/docs/k6), for those who use it:
//
//   k6 run -e URL=http://127.0.0.1:3000 -e EVENT=event-… -e TICKET_TYPE=tickettype-… bench/orders.k6.js
//
// The event must be on sale; BUYERS (64) order one ticket after another for SECONDS (10).
import http from 'k6/http'
import { check, sleep } from 'k6'
import exec from 'k6/execution'

const { URL, EVENT, TICKET_TYPE, BUYERS = '64', SECONDS = '10' } = __ENV

// A full desk says 503 and when to come back, and an event may sell out: neither is a failure.
http.setResponseCallback(http.expectedStatuses(201, 409, 503))

export const options = {
  scenarios: {
    orders: { executor: 'constant-vus', vus: Number(BUYERS), duration: `${SECONDS}s` },
  },
  thresholds: { http_req_failed: ['rate==0'], checks: ['rate==1'] },
}

// Two runs at one event must not send the same keys.
export const setup = () => ({ run: Date.now() })

export default function order({ run }) {
  const number = exec.scenario.iterationInTest
  const body = JSON.stringify({
    eventId: EVENT,
    items: [{ ticketTypeId: TICKET_TYPE, quantity: 1 }],
    buyer: { name: 'Sari Dewi', email: `k6-${run}-${number}@bench.example` },
  })
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': `k6-${run}-${number}` }
  const answer = http.post(`${URL}/v1/orders`, body, { headers })
  check(answer, {
    'a refusal for want of room says when to come back': ({ status, headers }) =>
      status !== 503 || Number(headers['Retry-After']) > 0,
  })
  if (answer.status === 503) sleep(Number(answer.headers['Retry-After']))
}
