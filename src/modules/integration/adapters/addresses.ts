import ipaddr from 'ipaddr.js'
import type { UrlRefusal } from '../ports.ts'

/** Where webhooks may be sent. They are sent from inside, so nothing inside may be reached. */
export type AddressRules = {
  /** Why no webhook is sent to this URL, as far as its text tells; undefined when it may be. */
  refusalOf(url: string): UrlRefusal | undefined
  /** Whether a connection to this IP address may be made. */
  isAllowed(address: string): boolean
}

const portsAllowed = ['', '443', '8443']
const globalIpv6 = ipaddr.IPv6.parseCIDR('2000::/3')
const privateRanges = ['loopback', 'private', 'uniqueLocal']

/**
 * `privateAddresses` is for development: `http:`, every port, and loopback and private networks.
 * Link-local addresses, where clouds keep credentials, are refused even then.
 */
export function addressRules({ privateAddresses }: { privateAddresses: boolean }): AddressRules {
  const isAllowed = (text: string): boolean => {
    if (!ipaddr.isValid(text)) return false
    // An IPv4 address inside an IPv6 address is judged as what it leads to.
    const address = ipaddr.process(text)
    const range = address.range()
    if (privateAddresses && privateRanges.includes(range)) return true
    if (range !== 'unicast') return false
    return address instanceof ipaddr.IPv4 || address.match(globalIpv6)
  }
  const refusalOf = (text: string): UrlRefusal | undefined => {
    const url = URL.parse(text)
    if (!url || !/^https?:$/.test(url.protocol)) return 'not-a-url'
    if (url.username || url.password) return 'credentials'
    if (url.protocol !== 'https:' && !privateAddresses) return 'https-needed'
    if (!portsAllowed.includes(url.port) && !privateAddresses) return 'port-not-allowed'
    const host = hostOf(url)
    if (ipaddr.isValid(host)) return isAllowed(host) ? undefined : 'private-address'
    const isLocal = /(^|[.])localhost[.]?$/.test(host)
    return isLocal && !privateAddresses ? 'private-address' : undefined
  }
  return { refusalOf, isAllowed }
}

/** The host as resolvers want it: without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')
