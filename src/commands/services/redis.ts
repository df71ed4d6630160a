import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { rootOf, unpackDebianPackage } from './debian-packages.ts'
import { librariesOf } from './libraries.ts'
import type { Service } from './service.ts'

const bin = 'usr/bin'

export const redis: Service = {
  name: 'redis',
  port: 6379,
  probe: { send: Buffer.from('PING\r\n'), answer: Buffer.from('+PONG') },
  setting: (port) => `REDIS_URL=redis://127.0.0.1:${port}`,

  install: (folder) => unpackDebianPackage('redis-server', folder),

  async prepare({ installed, folder, port }) {
    const dir = path.join(folder, 'data')
    await mkdir(dir, { recursive: true })
    const root = rootOf(`${bin}/redis-server`, installed)
    const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', dir, '--appendonly', 'yes']
    return [{ command: path.join(root, bin, 'redis-server'), args, env: librariesOf(root) }]
  },

  tool({ installed, port }, name, args) {
    if (name !== 'redis-cli') return undefined
    const root = rootOf(`${bin}/redis-cli`, installed)
    return {
      command: path.join(root, bin, name),
      args: ['-p', `${port}`, ...args],
      env: librariesOf(root),
    }
  },
}
