import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import highsModule from 'highs';

// Solves one model in CPLEX LP format, by branch and bound, and ends.

/** What solve.ts gives. */
export interface SolveOrder {
	readonly lp: string;
	readonly seconds: number;
}

/** Values of the columns by name; null where no choice was found in time. Both figures in the unit of the model. */
export interface Solved {
	readonly values: Readonly<Record<string, number>> | null;
	readonly bound: number;
}

const port = parentPort;
assert(port !== null, 'this is started by solve.ts');
const { lp, seconds } = workerData as SolveOrder;

/** The package has one file of types for two modules, and they are those of the CommonJS one: the default is the loader here. */
const loadHighs = highsModule as unknown as typeof highsModule.default;
const highs = await loadHighs();
const solved = highs.withModel({ format: 'lp', data: lp }, (model): Solved => {
	// Gaps of nothing: "cheapest" is said only of what is.
	model.options.set({ output_flag: false, time_limit: seconds, mip_rel_gap: 0, mip_abs_gap: 1e-6 });
	model.run();
	const bound = Number(model.info.get('mip_dual_bound'));
	const found = Number(model.info.get('primal_solution_status')) === 2;
	const { colValue } = model.getSolution();
	return {
		values: found
			? Object.fromEntries(Array.from(colValue, (value, column) => [model.getColName(column), value]))
			: null,
		bound: Number.isFinite(bound) ? bound : 0,
	};
});
port.postMessage(solved);
