import type { Answer, ApiDependencies } from './answer.ts';

export const readerExpect =
	({ life }: ApiDependencies): Answer<'reader.expect'> =>
	({ application, reader }) =>
		life.expectReader(application, reader);
