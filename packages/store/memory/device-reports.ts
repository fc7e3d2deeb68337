import type { DeviceReportStore, StoredDeviceReport } from '@keyward/core/port';

export const memoryDeviceReports = (): DeviceReportStore => {
	const reports = new Map<string, StoredDeviceReport>();
	return {
		putDeviceReports: async (said) => {
			for (const one of said) reports.set(JSON.stringify([one.application, one.device]), structuredClone(one));
		},
		forgetDeviceReport: async (application, device) => void reports.delete(JSON.stringify([application, device])),
		deviceReports: async () => structuredClone([...reports.values()]),
	};
};
