import { promises as dns, type LookupAddress } from 'node:dns'

/** Every address of a name; rejects when it has none. */
export type ResolveName = (name: string) => Promise<LookupAddress[]>

/** As the system resolves names: with its hosts file, and so with `localhost`. */
export const systemNames: ResolveName = (name) => dns.lookup(name, { all: true })

/**
 * Asks the DNS servers, and nothing else. The system's resolver keeps one of this process's few
 * threads for as long as a server takes to answer, and anybody may run a slow one.
 */
export function publicNames(servers?: string[]): ResolveName {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 })
  if (servers) resolver.setServers(servers)
  return async (name) => {
    const [ipv4, ipv6] = await Promise.allSettled([
      resolver.resolve4(name),
      resolver.resolve6(name),
    ])
    const addressesOf = (found: typeof ipv4, family: number) =>
      found.status === 'fulfilled' ? found.value.map((address) => ({ address, family })) : []
    const addresses = [...addressesOf(ipv4, 4), ...addressesOf(ipv6, 6)]
    if (addresses.length === 0 && ipv4.status === 'rejected') throw ipv4.reason
    return addresses
  }
}
