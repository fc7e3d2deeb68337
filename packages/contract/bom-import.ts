import { Type } from './type.ts';
import { operation, operator } from './operation.ts';
import { count, exactly, instant, name } from './shapes.ts';

export const billSummary = exactly({
	application: name,
	class: name,
	version: Type.String(),
	file: Type.String({ description: 'SHA-256, lower-case hex' }),
	at: instant,
	components: count,
	unidentified: Type.Integer({
		minimum: 0,
		description: 'components without a package URL, which no advisory can name',
	}),
});

export const bomImport = operation('bom.import', {
	summary: 'Keeps a bill of materials (CycloneDX JSON) as that of one version of a device class',
	callers: [operator],
	input: exactly({
		application: name,
		class: name,
		version: Type.String({ minLength: 1, maxLength: 128, description: 'as the device says it' }),
		file: Type.String({ minLength: 1, description: "on the service's machine" }),
	}),
	output: billSummary,
});
