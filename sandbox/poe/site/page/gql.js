// The page's requests to the server.
import { on, page } from "./dom.js";

let channel = "";

// Every request names the page's channel once it has one.
export function useChannel(name) {
  channel = name;
}

export const isOwn = (name) => name === channel;

export async function settings() {
  const response = await fetch("/api/settings");
  if (!response.ok) throw new Error(`settings: ${response.status}`);
  return (await response.json()).tchannelData;
}

export async function query(queryName, variables, files = []) {
  if (files.length) variables = { ...variables, ...named(files) };
  const json = JSON.stringify({ queryName, variables, extensions: { hash: page.hashes[queryName] } });
  const sent = await headers(queryName, json);
  const response = await (files.length && !on("upload-first") ? upload(json, sent, files) : post(json, sent));
  if (!response.ok) throw new Error(`${queryName}: ${response.status}`);
  return response.json();
}

function post(body, headers) {
  return fetch("/api/gql_POST", { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body });
}

// How a prompt names its files, in each of the three forms of next.md section B2.
function named(files) {
  if (on("upload-multipart")) return { attachments: files.map(() => null) };
  const attachments = files.map((_, at) => `file${at}`);
  return on("upload-first") ? { attachments, fileHashJwts: files.map((file) => file.jwt) } : { attachments };
}

// Upload a file before its prompt, which then names it by the token that is returned.
export async function uploadFirst(file) {
  const body = new FormData();
  body.append("file", file);
  const response = await fetch("/api/finish_upload_POST", { method: "POST", headers: { "poe-formkey": page.formKey }, body });
  if (!response.ok) throw new Error(`upload: ${response.status}`);
  return (await response.json()).jwt;
}

function upload(json, headers, files) {
  const body = new FormData();
  if (on("upload-multipart")) {
    body.append("operations", json);
    body.append("map", JSON.stringify(Object.fromEntries(files.map((_, at) => [at, [`variables.attachments.${at}`]]))));
    files.forEach((file, at) => body.append(`${at}`, file));
  } else {
    body.append("queryInfo", json);
    files.forEach((file, at) => body.append(`file${at}`, file));
  }
  return fetch("/api/gql_upload_POST", { method: "POST", headers, body });
}

export function telemetry(event) {
  return fetch("/api/receive_POST", { method: "POST", body: JSON.stringify([{ category: event }]) }).catch(() => {});
}

async function headers(queryName, body) {
  return {
    "poe-formkey": page.formKey,
    "poe-tchannel": channel,
    "poe-tag-id": await tag(body),
    "poe-queryname": queryName,
    "poe-revision": "sandbox",
  };
}

// The real tag is an MD5 of body, form key and a salt; browsers have no MD5, and nothing checks it here.
async function tag(body) {
  const bytes = new TextEncoder().encode(body + page.formKey);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function nonce() {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => letters[byte % letters.length]).join("");
}
