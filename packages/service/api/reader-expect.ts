import type { Answer, ApiDependencies } from './answer.ts';

export const readerExpect =
	({ registrar }: ApiDependencies): Answer<'reader.expect'> =>
	({ application, reader }) =>
		registrar.expectReader(application, reader);
