// A store for atlassian-connect-express that lives in memory, so that no database and no native module is needed.
"use strict";

class MemoryStore {
  constructor() {
    this.values = new Map();
    this.installations = new Map();
  }

  async get(key, clientKey) {
    return this.values.get(`${clientKey}:${key}`) ?? null;
  }

  async set(key, value, clientKey) {
    this.values.set(`${clientKey}:${key}`, value);
    return value;
  }

  async del(key, clientKey) {
    this.values.delete(`${clientKey}:${key}`);
  }

  async saveInstallation(value, clientKey) {
    if (value.installationId) {
      this.installations.set(value.installationId, clientKey);
    }
    return this.set("clientInfo", value, clientKey);
  }

  async getAllClientInfos() {
    return [...this.values].filter(([key]) => key.endsWith(":clientInfo")).map(([, value]) => value);
  }

  async getClientSettingsForForgeInstallation(installationId) {
    const clientKey = this.installations.get(installationId);
    return clientKey ? this.get("clientInfo", clientKey) : null;
  }

  isMemoryStore() {
    return true;
  }
}

module.exports = { create: () => new MemoryStore() };
