// The box's API, called with the session's cookie.

/** What the box answered instead of what was asked for. `status`: of HTTP, 0 when nothing answered. `code`: AWS's name. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const NO_ANSWER = "The box does not answer. Is it switched on, and is this device in the same network?";

class Api extends EventTarget {
  /** One request. Sends `signedout` when the session is over. `options`: as fetch's. Returns the Response. */
  async request(method, path, options = {}) {
    let response;
    try {
      response = await fetch(path, { method, credentials: "same-origin", cache: "no-store", ...options });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, "NoAnswer", NO_ANSWER);
    }
    if (response.ok) return response;
    const text = await response.text().catch(() => "");
    let told = {};
    try {
      told = JSON.parse(text);
    } catch {
      told = { Message: text.slice(0, 300) };
    }
    if (response.status === 401) this.dispatchEvent(new Event("signedout"));
    throw new ApiError(response.status, told.__type ?? `HTTP ${response.status}`, told.Message || "No reason was given.");
  }

  /** One of Rekognition's operations. Returns what it answers. `headers`: such as those of trials. */
  async call(operation, body = {}, { signal, headers = {} } = {}) {
    const response = await this.request("POST", "/", {
      signal,
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `RekognitionService.${operation}`,
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  /** Everything of a list that comes in pages, `most` at most, as `{found, isWhole}`. */
  async all(operation, request, member, { signal, most = 2000 } = {}) {
    const found = [];
    let token;
    do {
      const page = await this.call(operation, { ...request, ...(token && { NextToken: token }) }, { signal });
      found.push(...page[member]);
      token = page.NextToken;
    } while (token && found.length < most);
    return { found, isWhole: !token };
  }

  /** A route of Porchlight that tells something. */
  async get(path, { signal } = {}) {
    return (await this.request("GET", path, { signal })).json();
  }

  /** A route of Porchlight that changes something. */
  async post(path, body = {}, { signal } = {}) {
    return this.#send("POST", path, body, signal);
  }

  /** A route of Porchlight that keeps something under a name. */
  async put(path, body = {}, { signal } = {}) {
    return this.#send("PUT", path, body, signal);
  }

  async #send(method, path, body, signal) {
    const headers = { "Content-Type": "application/json" };
    return (await this.request(method, path, { signal, headers, body: JSON.stringify(body) })).json();
  }

  /** A route of Porchlight that takes something away. */
  async delete(path, { signal } = {}) {
    return (await this.request("DELETE", path, { signal })).json();
  }

  /** Ends the session of this browser. */
  async signOut() {
    await this.delete("/session");
    this.dispatchEvent(new Event("signedout"));
  }
}

export const api = new Api();
