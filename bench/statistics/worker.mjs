// A worker thread that serves the heavy tasks of the library, for models.mjs.
import { parentPort } from "node:worker_threads";
import { heavyTasks, nodePort, servePieces } from "../../packages/statistics/dist/index.js";

servePieces(nodePort(parentPort), heavyTasks());
