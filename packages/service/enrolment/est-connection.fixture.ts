import type { EstConnection } from './enrol.ts';

/** A request over TLS 1.3 that says no application and hangs on nothing that was appraised. */
export const overTls: EstConnection = { label: null, binding: null, link: { protocol: 'TLSv1.3', groups: 'any' } };
