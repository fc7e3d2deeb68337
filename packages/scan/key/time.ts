import { type Instant, writtenInstant } from '@keyward/core';
import { contentsOf, type DerValue } from './der.ts';

/**
 * A UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5), with seconds or without, in UTC or with an offset. Null for
 * 99991231235959Z, which says that there is no end; undefined for what is no time.
 */
export const timeOf = (bytes: Uint8Array, value: DerValue | undefined): Instant | null | undefined => {
	if (value === undefined || (value.tag !== 0x17 && value.tag !== 0x18)) return undefined;
	const text = Buffer.from(contentsOf(bytes, value)).toString('latin1');
	const shape =
		value.tag === 0x17
			? /^(\d\d)(\d{4})(\d{4})(\d\d)?(Z|[+-]\d{4})$/
			: /^(\d{4})(\d{4})(\d{4})(\d\d)?(?:\.\d{1,9})?(Z|[+-]\d{4})?$/;
	const [, year = '', date = '', clock = '', second = '00', zone = 'Z'] = shape.exec(text) ?? [];
	if (year === '') return undefined;
	if (year === '9999' && date === '1231') return null;
	const century = value.tag === 0x18 ? '' : Number(year) < 50 ? '20' : '19';
	const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3)}`;
	const day = `${century}${year}-${date.slice(0, 2)}-${date.slice(2)}`;
	const moment = writtenInstant(`${day}T${clock.slice(0, 2)}:${clock.slice(2)}:${second}${offset}`);
	return moment ?? undefined;
};
