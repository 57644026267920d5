// Starts a Bluesky server (PDS) and the directory of accounts it needs, on this machine alone, in the folder
// given; prints {"pds": port} once both answer, and ends when its input ends.
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { mkdirSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, folder] = process.argv.slice(2)
const installed = createRequire(join(modules, 'here.js'))
const load = (name) => import(pathToFileURL(installed.resolve(name)).href)

// Both servers would listen on every address of the machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const options = typeof args[0] === 'object' && args[0] !== null ? args[0] : { port: args[0] }
  const ready = args.find((arg) => typeof arg === 'function')
  return listen.call(this, { ...options, host: '127.0.0.1' }, ready)
}

const freePort = () =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

process.stdin.on('end', () => process.exit(0)).resume()

const { PlcServer, MockDatabase } = await load('@did-plc/server')
const { PDS, envToCfg, envToSecrets, readEnv } = await load('@atproto/pds')

const plcPort = await freePort()
const pdsPort = await freePort()
const directory = PlcServer.create({ db: new MockDatabase(), port: plcPort })
await directory.start()

const secret = () => randomBytes(32).toString('hex')
mkdirSync(join(folder, 'blobs'), { recursive: true })
Object.assign(process.env, {
  LOG_ENABLED: 'false',
  PDS_HOSTNAME: 'localhost',
  PDS_PORT: String(pdsPort),
  PDS_DEV_MODE: 'true',
  PDS_DISABLE_SSRF_PROTECTION: 'true',
  PDS_DATA_DIRECTORY: folder,
  PDS_BLOBSTORE_DISK_LOCATION: join(folder, 'blobs'),
  PDS_DID_PLC_URL: `http://127.0.0.1:${plcPort}`,
  PDS_SERVICE_HANDLE_DOMAINS: '.test',
  PDS_INVITE_REQUIRED: 'false',
  PDS_RATE_LIMITS_ENABLED: 'false',
  PDS_JWT_SECRET: secret(),
  PDS_ADMIN_PASSWORD: secret(),
  PDS_DPOP_SECRET: secret(),
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: secret(),
})
const env = readEnv()
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()
console.log(JSON.stringify({ pds: pdsPort }))
