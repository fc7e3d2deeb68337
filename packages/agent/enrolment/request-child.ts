import { serveParent } from '@keyward/custody/child-process';
import { openIdentity } from '../identity/identity.ts';
import { type RequestProtocol, runRequest } from './enrolment-request.ts';

// The process of one enrolment request: started by send-request.ts, which ends it after its answer.

serveParent<RequestProtocol>({
	answer: async ({ folder, request }) => runRequest(await openIdentity(folder), request),
});
