import type { CatalogApi } from '../modules/catalog/contract.ts'
import type { IdentityApi } from '../modules/identity/contract.ts'
import { demoAccounts, demoEvents, type DemoAccount } from './demo-data.ts'

export type DemoPorts = {
  identity: Pick<IdentityApi, 'findUserId'>
  /** Does nothing when the account exists; two processes may start at once. */
  createUser: (account: DemoAccount) => Promise<unknown>
  catalog: Pick<CatalogApi, 'ensureEvent'>
  clock: () => Date
}

/** Puts in what is missing and leaves alone what is there, also when someone has changed it. */
export async function loadDemoData(ports: DemoPorts): Promise<void> {
  for (const account of demoAccounts) {
    if (!(await ports.identity.findUserId(account.email))) await ports.createUser(account)
  }
  for (const event of demoEvents(ports.clock())) await ports.catalog.ensureEvent(event)
}
