import type { Operations } from './operations.ts';

// What answers are made of, by the names that its users call them.

type Output<Name extends keyof Operations> = Operations[Name]['output'];

export type SiteStatus = Output<'site.status'>;
/** Whether the running service can do its work at this moment. */
export type SiteHealth = Output<'site.health'>;
export type PrincipalSummary = Output<'device.list'>[number];
export type PrincipalDetail = Output<'device.show'>;
/** A command without its payload. */
export type CommandSummary = Output<'command.send'>;
export type StreamSummary = Output<'streams.list'>[number];
/** A stored record as a reader sees it. */
export type ReadingView = Output<'readings.read'>['readings'][number];
export type LedgerReport = Output<'ledger.verify'>[number];
/** One generation of a CA of the site. */
export type AuthoritySummary = Output<'authority.list'>['authorities'][number];
export type AuthorityKind = AuthoritySummary['what'];
