/** When settings hold: times of day and year, and who is there; in English, German, French, Spanish and Italian. */
const WHEN =
	/^(?:day|daytime|night|nighttime|morning|noon|evening|winter|summer|spring|autumn|fall|weekdays?|weekend|workdays?|holidays?|vacation|away|home|eco|comfort|economy|boost|idle|sleep|wake|awake|occupied|unoccupied|emergency|manual|automatic|auto|tag|nacht|sommer|urlaub|nachts|jour|nuit|été|ete|hiver|noche|verano|invierno|giorno|notte|estate|inverno)$/i;
/** Where a program runs. */
const WHERE =
	/^(?:dev|develop|development|prod|production|live|staging|stage|preprod|uat|qa|test|testing|sandbox|ci|debug|release|local|default)$/i;
/** Which of several a connection is. */
const ROLE = /^(?:primary|secondary|backup|main|fallback|failover|standby|redundant)$/i;
/** What it speaks, and what for; the programs of one Pod. */
const PURPOSE =
	/^(?:mqtts?|coaps?|d?tls|https?|wss?|lwm2m|amqps?|ota|telemetry|control|commands?|events?|alarms?|uplink|downlink|publish(?:er)?|subscribe(?:r)?|status|diagnostics|containers)$/i;
/** A copy of a file, or one to be filled in. */
const COPY =
	/^(?:example|sample|template|tmpl|dist|bak|back|backup|old|orig|original|save|copy|defaults|overrides?|base|common)$/i;
/** What gathers devices, whatever they are called. */
const DEVICES = /devices|nodes|sensors|meters|gateways|pumps|units|stations|things/i;

const holdsThen = (word: string): boolean => WHEN.test(word) || WHERE.test(word);

/** True for the name of settings of one device: `night`, `prod`, `primary`. */
export const isProfile = (name: string): boolean => holdsThen(name) || ROLE.test(name);

/** `pump-night` without `night`. */
const plainOf = (name: string): string => {
	if (isProfile(name) || PURPOSE.test(name)) return '*';
	const words = name.split(/[-_. ]/);
	return words.some(holdsThen) ? words.filter((word) => !holdsThen(word)).join('-') : name;
};

/**
 * A path of sections without the words that tell apart no devices but profiles, roles and connections of one: `profiles / night`. Null where
 * it has no such word.
 */
export const sectionsOfOne = (names: readonly string[]): string | null => {
	if (names.some((name) => DEVICES.test(name))) return null;
	const plain = names.map(plainOf);
	return plain.every((name, at) => name === names[at]) ? null : plain.join(' / ');
};

/** The file whose profile or copy this is: `.env` of `.env.local` and `prod.env`, `pump.yaml` of `pump-winter.yaml`. */
export const fileOfProfile = (file: string): string => {
	const at = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1;
	const words = file
		.slice(at)
		.split(/[-_. ~]/)
		.filter((word) => word !== '' && !holdsThen(word) && !COPY.test(word));
	return words.length === 0 ? file : `${file.slice(0, at)}${words.join('-')}`;
};
