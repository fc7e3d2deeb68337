import type { VNode } from 'preact';
import type { PlaceName } from '../parts/shell.tsx';
import { Audit } from './audit.tsx';
import { lazy } from '../base/lazy.tsx';
import { DevicePage } from './device.tsx';
import { Fleet } from './fleet.tsx';
import { Grants } from './grants.tsx';
import { IncidentPage, Incidents } from './incidents.tsx';
import { Overview } from './overview.tsx';
import { People } from './people.tsx';
import { Streams } from './streams.tsx';
import { Updates } from './updates.tsx';

const Reach = lazy(async () => (await import('./reach.tsx')).default);
const Stream = lazy<{ rest: readonly string[] }>(async () => (await import('./stream.tsx')).default);
const PolicyPage = lazy(async () => (await import('./policy.tsx')).default);
const Commission = lazy(async () => (await import('./commission.tsx')).default);
const Keycheck = lazy(async () => (await import('./keycheck.tsx')).default);
const Ledger = lazy(async () => (await import('./ledger.tsx')).default);
const Plan = lazy(async () => (await import('./plan.tsx')).default);

/** Every page, by what follows its address; null where that leads nowhere. */
export const pages: Readonly<Record<PlaceName, (rest: readonly string[]) => VNode | null>> = {
	overview: () => <Overview />,
	fleet: (rest) => (rest.length === 0 ? <Fleet /> : null),
	devices: ([application, id, ...more]) =>
		application !== undefined && id !== undefined && more.length === 0 ? (
			<DevicePage key={`${application}/${id}`} application={application} id={id} />
		) : null,
	streams: (rest) =>
		rest.length === 0 ? <Streams /> : rest.length === 3 ? <Stream key={rest.join('/')} rest={rest} /> : null,
	incidents: ([number]) =>
		number === undefined ? (
			<Incidents />
		) : /^[0-9]{1,9}$/.test(number) ? (
			<IncidentPage key={number} number={Number(number)} />
		) : null,
	audit: (rest) => (rest.length === 0 ? <Audit /> : null),
	ledger: (rest) => (rest.length === 0 ? <Ledger /> : null),
	grants: (rest) => (rest.length === 0 ? <Grants /> : null),
	updates: (rest) => (rest.length === 0 ? <Updates /> : null),
	policy: (rest) => (rest.length === 0 ? <PolicyPage /> : null),
	commission: (rest) => (rest.length === 0 ? <Commission /> : null),
	keycheck: (rest) => (rest.length === 0 ? <Keycheck /> : null),
	reach: (rest) => (rest.length === 0 ? <Reach /> : null),
	plan: (rest) => (rest.length === 0 ? <Plan /> : null),
	people: (rest) => (rest.length === 0 ? <People /> : null),
};
