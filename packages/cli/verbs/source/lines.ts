import {
	type DecimalSign,
	parseNumber,
	parseZone,
	type SafecastFigure,
	safecastFigures,
	type SafecastOptions,
	type SampleLineOptions,
	type Zone,
} from '@keyward/agent';
import type { Clock } from '@keyward/core/port';
import { checkName, misuse, type SourceOptions, streamPairs, unitsOf } from './options.ts';

/** `--stream`, `--unit` and `--zone`: how lines that are values are read. */
export const sampleLineOptions = ({ stream, unit, zone }: SourceOptions, clock: Clock): SampleLineOptions => {
	if (stream !== undefined) checkName(stream);
	return { clock, ...(stream === undefined ? {} : { stream }), units: unitsOf(unit), ...zoneOf({ zone }) };
};

/** `--zone` */
export const zoneOf = ({ zone }: { readonly zone?: string | undefined }): { readonly zone?: Zone } =>
	zone === undefined ? {} : { zone: parseZone(zone) };

/** `--map` and `--sensitivity`: how a bGeigie's sentences are read. */
export const sentenceLineOptions = ({
	map,
	sensitivity,
}: SourceOptions): Pick<SafecastOptions, 'streams' | 'sensitivity'> => {
	const named = streamPairs('--map', map);
	const streams =
		named.size === 0
			? safecastFigures.map((figure) => [figure, figure] as const)
			: [...named].map(([stream, figure]) => [stream, figureOf(figure)] as const);
	return {
		streams: Object.fromEntries(streams),
		sensitivity: sensitivity === undefined ? 334 : parseNumber(sensitivity),
	};
};

const figureOf = (text: string): SafecastFigure => {
	const figure = safecastFigures.find((known) => known === text);
	if (figure === undefined)
		throw misuse(`--map names ${JSON.stringify(text)}: a sentence has ${safecastFigures.join(' and ')}`);
	return figure;
};

/** `--decimal`; null where nobody has said. */
export const saidDecimal = ({ decimal }: SourceOptions): DecimalSign | null => {
	if (decimal === undefined) return null;
	if (decimal !== 'dot' && decimal !== 'comma') throw misuse('--decimal is dot or comma');
	return decimal === 'comma' ? ',' : '.';
};
