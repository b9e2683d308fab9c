import type { Empty } from "@eventstore/db-client/generated/shared_pb.js";
import gossip from "@eventstore/db-client/generated/gossip_pb.js";
import type { ClusterInfo } from "@eventstore/db-client/generated/gossip_pb.js";
import features from "@eventstore/db-client/generated/serverfeatures_pb.js";
import type { SupportedMethods } from "@eventstore/db-client/generated/serverfeatures_pb.js";
import shared from "@eventstore/db-client/generated/shared_pb.js";
import { StreamsService } from "@eventstore/db-client/generated/streams_grpc_pb.js";
import type { sendUnaryData, ServerUnaryCall } from "@grpc/grpc-js";
import { faultError } from "./service-error.ts";
import type { ServiceContext } from "./service-context.ts";

/** A node of a cluster, as gossip tells of it. */
export interface ClusterNode {
  readonly host: string;
  readonly port: number;
  readonly state: "leader" | "follower";
}

/** Serves `GetSupportedMethods`: by its answer a client chooses between `Append` and `BatchAppend`. */
export function createFeaturesHandler({ faults }: ServiceContext) {
  return (_call: ServerUnaryCall<Empty, SupportedMethods>, callback: sendUnaryData<SupportedMethods>): void => {
    const fault = faults.take("features");
    if (fault?.how === "hang") return;
    const error = faultError(fault);
    if (error !== undefined) return callback(error);
    const methods = Object.values(StreamsService).map(({ path }) => {
      const [, service = "", method = ""] = path.toLowerCase().split("/");
      return new features.SupportedMethod().setServiceName(service).setMethodName(method);
    });
    callback(null, new features.SupportedMethods().setEventStoreServerVersion("24.10.0").setMethodsList(methods));
  };
}

/** Serves gossip: the nodes of the cluster and what each is. */
export function createGossipHandler({ faults }: ServiceContext, nodes: () => readonly ClusterNode[]) {
  const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
  return (_call: ServerUnaryCall<Empty, ClusterInfo>, callback: sendUnaryData<ClusterInfo>): void => {
    const error = faultError(faults.take("gossip"));
    if (error !== undefined) return callback(error);
    const members = nodes().map(({ host, port, state }) =>
      new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString(crypto.randomUUID()))
        .setTimeStamp(String(Date.now()))
        .setState(state === "leader" ? LEADER : FOLLOWER)
        .setIsAlive(true)
        .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port)),
    );
    callback(null, new gossip.ClusterInfo().setMembersList(members));
  };
}
