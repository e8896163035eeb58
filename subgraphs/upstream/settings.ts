/** What every source's settings have in common. Must not read the environment: main.ts does. */
import { z } from 'zod';

/** Hosts that plain HTTP may go to: this machine, and bare names, which only a container network resolves. */
const isNear = (hostname: string): boolean =>
  hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname) || !/[.:]/.test(hostname);

/** A vendor's base URL. Plain HTTP only where it cannot leave the machine or its container network: a token travels along. */
export const upstreamUrl = z
  .url({ protocol: /^https?$/, error: 'expected an http(s) URL' })
  .refine((url) => !URL.canParse(url) || url.startsWith('https:') || isNear(new URL(url).hostname), {
    error: 'expected https for a host outside this machine',
  });
