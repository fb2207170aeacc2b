// PostGraphile over Sala's database, for `make bench-peer`: the same rows by the same
// row-level security, under the login role that inherits nothing. It serves sealed
// bytes, since it has no keys, checks no token, keeps no record and has no wall of its
// own; who asks comes in headers. It listens on loopback, prints its port and ends
// when its standard input does.
//
//   node server.mjs DATABASE_URL CONNECTIONS ROLE
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgSmartTagsPlugin } from "postgraphile/utils";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [connectionString, connections, role] = process.argv.slice(2);

// What ent/store sets for a case worker's operation, under the same names.
function settings(headers) {
  return {
    role,
    "sala.agency": headers["sala-agency"],
    "sala.member": headers["sala-member"],
    "sala.purpose": "ASSISTANCE",
    "sala.supervisor": "false",
    "sala.casework": "true",
    "sala.casenotices": "true",
    "sala.disclosures": "false",
    "sala.administers": "false",
    "sala.platform": "false",
    "sala.now": String(Date.now() * 1000),
    // Sala asks sala_holders() anew for each request; here it is given, which is
    // cheaper by a call.
    "sala.holders": headers["sala-holders"],
  };
}

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [
    // The one reference of the page that has no constraint to be found by.
    makePgSmartTagsPlugin([{
      kind: "class",
      match: "provisions",
      tags: { foreignKey: "(recipient_id) references agencies (id)|@fieldName recipient" },
    }]),
  ],
  // No page asks for a mutation or a subscription.
  disablePlugins: ["PgMutationCreatePlugin", "PgMutationUpdateDeletePlugin"],
  pgServices: [makePgService({ connectionString, schemas: ["public"], poolConfig: { max: Number(connections) } })],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: {
    explain: false,
    context: (request) => ({ pgSettings: settings(request.node.req.headers) }),
  },
};

const instance = postgraphile(preset);
const server = createServer();
await instance.createServ(grafserv).addTo(server);
await instance.getSchema();
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit(0));
