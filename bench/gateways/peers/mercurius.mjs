// Mercurius' gateway on Fastify. It composes by itself. Environment: SERVICES_FILE (JSON of name, url and SDL), PORT. Prints its URL.
import { readFileSync } from 'node:fs';
import Fastify from 'fastify';
import mercuriusGateway from '@mercuriusjs/gateway';

const services = JSON.parse(readFileSync(process.env.SERVICES_FILE, 'utf8'));
const app = Fastify();
await app.register(mercuriusGateway, {
  gateway: { services: services.map(({ name, url, sdl }) => ({ name, url, schema: sdl })) },
});
console.log(await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) }));
