import type { Operations } from './operations.ts';

// What answers are made of, by the names that its users call them.

type Output<Name extends keyof Operations> = Operations[Name]['output'];

/** Whether the running service can do its work at this moment. */
export type SiteHealth = Output<'site.health'>;
export type PrincipalSummary = Output<'device.list'>[number];
export type PrincipalDetail = Output<'device.show'>;
/** A command without its payload. */
export type CommandSummary = Output<'command.send'>;
export type StreamSummary = Output<'streams.list'>[number];
/** What a stream holds at one place, as a reader is given it. */
export type RowView = Output<'readings.read'>['readings'][number];
/** A reading, open as it is stored or opened by its reader. */
export type ReadingView = Exclude<RowView, { readonly sealed: string }>;
/** What only the stream's readers open. */
export type SealedView = Exclude<RowView, ReadingView>;
export type LedgerReport = Output<'ledger.verify'>[number];
/** One generation of a CA of the site. */
export type AuthoritySummary = Output<'authority.list'>['authorities'][number];
export type AuthorityKind = AuthoritySummary['what'];

/** Something that happened with a device. */
export type IncidentSummary = Output<'incident.list'>[number];
/** How a device was contained. */
export type ContainmentView = NonNullable<IncidentSummary['containment']>;
/** The same as the summary, and who did what. */
export type IncidentView = Output<'incident.show'>;
