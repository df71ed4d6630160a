import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { rootOf, unpackDebianPackage } from './debian-packages.ts'
import { librariesOf } from './libraries.ts'
import type { Place, Service } from './service.ts'

const scripts = 'usr/lib/rabbitmq/bin'
const tools = ['rabbitmqctl', 'rabbitmq-diagnostics', 'rabbitmq-queues', 'rabbitmq-plugins']

export const rabbitmq: Service = {
  name: 'rabbitmq',
  port: 5672,
  // The header of AMQP 0-9-1; a method frame on channel 0 comes back.
  probe: { send: Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'), answer: Buffer.from([1, 0, 0]) },
  setting: (port) => `RABBITMQ_SERVER=amqp://127.0.0.1:${port}`,

  install: (folder) => unpackDebianPackage('rabbitmq-server', folder),

  async prepare(place) {
    const { installed, folder, port } = place
    await mkdir(folder, { recursive: true })
    await writeFile(
      path.join(folder, 'rabbitmq.conf'),
      `listeners.tcp.1 = 127.0.0.1:${port}\ndisk_free_limit.absolute = 50MB\n`,
    )
    const env = environment(place)
    const root = rootOf(`${scripts}/rabbitmq-server`, installed)
    return [
      // A name server of its own, so that Erlang starts none that outlives it.
      { command: erlangTool(installed, 'epmd'), args: [], env },
      { command: path.join(root, scripts, 'rabbitmq-server'), args: [], env },
    ]
  },

  tool(place, name, args) {
    if (!tools.includes(name)) return undefined
    const root = rootOf(`${scripts}/${name}`, place.installed)
    return { command: path.join(root, scripts, name), args, env: environment(place) }
  },
}

const erlangTool = (installed: string, name: string) =>
  path.join(rootOf('usr/lib/erlang', installed), 'usr/lib/erlang/bin', name)

/** Nothing of the machine's own RabbitMQ is read, written or listened on. */
function environment({ installed, folder, port }: Place): Record<string, string> {
  const erlang = path.dirname(erlangTool(installed, 'erl'))
  const inFolder = (name: string) => path.join(folder, name)
  return {
    ...librariesOf(existsSync(path.join(installed, 'usr/lib/erlang')) ? installed : '/'),
    PATH: `${erlang}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
    HOME: folder,
    LANG: 'C.UTF-8',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: `${port + 20_001}`,
    RABBITMQ_DIST_PORT: `${port + 20_000}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_NODENAME: `karcis${port}@localhost`,
    RABBITMQ_CONF_ENV_FILE: inFolder('rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: inFolder('advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('enabled_plugins'),
    RABBITMQ_MNESIA_BASE: inFolder('data'),
    RABBITMQ_LOG_BASE: inFolder('log'),
    RABBITMQ_PID_FILE: inFolder('rabbitmq-server.pid'),
  }
}
