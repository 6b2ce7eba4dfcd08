export { type ConnectOptions, DEFAULT_TIMEOUT_MS, Reverie } from "./client.js";
export { type FieldError, ReverieError } from "./errors.js";
export { type Services } from "./gen/services.js";
export { items, type PagedCall, pages } from "./pages.js";
export { Session } from "./session.js";
export { Code } from "@connectrpc/connect";
