// npm run build: compiles every workspace; only what changed is compiled again.
import { build, ensureInstalled } from "./install.mjs";

ensureInstalled();
build();
