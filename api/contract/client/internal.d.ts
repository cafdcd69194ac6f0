// Generated from the contract by generate.ts.
export interface paths {
    "/fleet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every worker in few words, in one answer
         * @description For tables and maps of the whole fleet; workers that have been inactive are part of it.
         */
        get: operations["workers.fleet"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List all workers */
        get: operations["workers.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a worker */
        get: operations["workers.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a worker from every lease */
        post: operations["workers.block"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/unblock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Admit a blocked worker again */
        post: operations["workers.unblock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/service-tier": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say which tier of service a worker may serve */
        post: operations["workers.setServiceTier"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clusters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List everybody's clusters, newest first */
        get: operations["clusters.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clusters/{clusterId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a cluster */
        get: operations["clusters.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clusters/{clusterId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to it, oldest first */
        get: operations["clusters.timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clusters/{clusterId}/leases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The leases that it holds and held */
        get: operations["clusters.leases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/clusters/{clusterId}/terminate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a cluster in the name of the operator */
        post: operations["clusters.terminate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the organizations */
        get: operations["organizations.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/organizations/{organizationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An organization with its money, members, clusters and workers */
        get: operations["organizations.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Set the most devices that it may lease at once */
        patch: operations["organizations.setQuota"];
        trace?: never;
    };
    "/organizations/{organizationId}/credits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Grant credit */
        post: operations["organizations.credit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Search the ledger, newest entries first */
        get: operations["ledger.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/attestations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the attestations */
        get: operations["attestations.list"];
        put?: never;
        /** Attest that a worker, or every worker of a pool, meets a compliance */
        post: operations["attestations.attest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/attestations/{attestationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an attestation */
        delete: operations["attestations.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/price-book": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The base prices in force */
        get: operations["priceBook.list"];
        put?: never;
        /** Set the base price of a model from now on */
        post: operations["priceBook.set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/price-book/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a base price would do, without setting it */
        post: operations["priceBook.preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages that nobody could handle, newest first */
        get: operations["deadLetters.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send dead letters back to the queues that gave them up */
        post: operations["deadLetters.replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/{deadLetterId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Throw a dead letter away */
        delete: operations["deadLetters.discard"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens in every organization, as it happens
         * @description As the public API’s feed, for operators.
         */
        get: operations["events.follow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List all pools */
        get: operations["pools.list"];
        put?: never;
        /** Attach a Kubernetes cluster: its nodes with devices become workers */
        post: operations["pools.attach"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/analytics/supply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cluster-ready and hired devices over time */
        get: operations["analytics.supply"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/analytics/demand": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Clusters and devices asked for and given */
        get: operations["analytics.demand"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/analytics/unmet-demand": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests that found no supply */
        get: operations["analytics.unmetDemand"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/analytics/utilisation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much of the ready supply was hired */
        get: operations["analytics.utilisation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/analytics/revenue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Charges, fees and earnings over time */
        get: operations["analytics.revenue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who called what, in every organization, newest first */
        get: operations["audit.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Walk the chain of the audit and tell where it breaks, if it does */
        get: operations["audit.verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invariants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check what must always hold over the live system */
        get: operations["system.invariants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The state of every process, engine and queue */
        get: operations["system.health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Attestation: {
            id: components["schemas"]["AttestationId"];
            workerId: components["schemas"]["WorkerId"] | null;
            /** @description Then it holds for every worker of the pool. */
            poolId: components["schemas"]["PoolId"] | null;
            compliance: components["schemas"]["Compliance"];
            evidence: string;
            attestedBy: string;
            createdAt: components["schemas"]["Instant"];
            expiresAt: components["schemas"]["Instant"];
            revokedAt: components["schemas"]["Instant"] | null;
        };
        /** @example att_01k0000000000000000000000a */
        AttestationId: string;
        AttestationPage: {
            items: components["schemas"]["Attestation"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
        AuditEvent: {
            seq: components["schemas"]["Sequence"];
            at: components["schemas"]["Instant"];
            requestId: string;
            actorId: string;
            organizationId: components["schemas"]["OrganizationId"] | null;
            method: string;
            path: string;
            ip: string;
            outcome: string;
            details: {
                [key: string]: unknown;
            };
            /** @description Of this row and the hash before it: a changed or missing row breaks the chain. */
            hash: string;
        };
        AuditPage: {
            items: components["schemas"]["AuditEvent"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
        AuditVerification: {
            ok: boolean;
            /** @description Entries that hold, up to the first broken one. */
            count: number;
            firstBroken?: {
                seq: components["schemas"]["Sequence"];
                why: string;
            };
            /** @description The last entry that holds. Kept elsewhere, it proves later that the end was not cut off. */
            head?: {
                seq: components["schemas"]["Sequence"];
                hash: string;
            };
        };
        /** @description The cluster keeps between these many workers, by its queued tasks. */
        Autoscaling: {
            minWorkers: number;
            maxWorkers: number;
        };
        BasePrice: {
            modelId: components["schemas"]["ModelId"];
            priceMicroUsdPerHour: components["schemas"]["MicroUsd"];
            effectiveFrom: components["schemas"]["Instant"];
            actorId: string;
        };
        Because: {
            reason: string;
        };
        Cluster: {
            id: components["schemas"]["ClusterId"];
            organizationId: components["schemas"]["OrganizationId"];
            name: string;
            kind: components["schemas"]["ClusterKind"];
            state: components["schemas"]["ClusterState"];
            /** @description Goes up with every change; `If-Match` takes it from the ETag. */
            version: number;
            request: components["schemas"]["RequestedCluster"];
            poolId: components["schemas"]["PoolId"] | null;
            workers: number;
            devicesPerWorker: number;
            /** @description Of the whole cluster, per second from when every worker runs. */
            priceMicroUsdPerHour: components["schemas"]["MicroUsd"];
            currency: components["schemas"]["Currency"];
            simulated: boolean;
            autoscaling: components["schemas"]["Autoscaling"] | null;
            idleShutdownSeconds: number | null;
            createdAt: components["schemas"]["Instant"];
            /** @description Since when it is in its state. */
            stateAt: components["schemas"]["Instant"];
            runningSince: components["schemas"]["Instant"] | null;
            /** @description When the time it was asked for ends; null is until stopped. */
            endsAt: components["schemas"]["Instant"] | null;
            /** @description Set when the balance is gone: it is stopped then. */
            graceUntil: components["schemas"]["Instant"] | null;
            endedAt: components["schemas"]["Instant"] | null;
            endedBecause: string | null;
        };
        /** @example clu_01k0000000000000000000000a */
        ClusterId: string;
        /**
         * @description `container`: an image on every worker, or bare capacity for tasks. `job`: the image runs once to completion.
         * @enum {string}
         */
        ClusterKind: "container" | "job";
        ClusterPage: {
            items: components["schemas"]["Cluster"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
        /** @enum {string} */
        ClusterState: "requested" | "assembling" | "provisioning" | "running" | "degraded" | "terminating" | "terminated" | "unfulfilled" | "unpaid" | "failed" | "expired";
        /**
         * @description Attested by the operator with an expiry, never self-declared.
         * @enum {string}
         */
        Compliance: "soc2" | "hipaa" | "gdpr" | "iso27001" | "trusted" | "e2e_encryption" | "clean_energy";
        /**
         * @description Measured down/up in Mb/s: ultra 1600/1200, high 800/600, medium 400/300, low 100/10.
         * @enum {string}
         */
        ConnectivityTier: "ultra" | "high" | "medium" | "low";
        /**
         * @description A country by its ISO 3166-1 alpha-2 code.
         * @example DE
         */
        Country: string;
        Credit: {
            transactionId: string;
            organizationId: components["schemas"]["OrganizationId"];
            amountMicroUsd: components["schemas"]["MicroUsd"];
            /** @description The balance after it. */
            balanceMicroUsd: components["schemas"]["MicroUsd"];
        };
        /**
         * @description `USD` is money. `SIM` is what simulated workers cost, `PTS` are reward points: neither is ever paid out.
         * @enum {string}
         */
        Currency: "USD" | "SIM" | "PTS";
        /** @description A message that nobody could handle. */
        DeadLetter: {
            id: components["schemas"]["Sequence"];
            messageId: string | null;
            queue: string;
            type: string | null;
            content: string;
            reason: string;
            attempts: number;
            at: components["schemas"]["Instant"];
        };
        DeadLetterPage: {
            items: components["schemas"]["DeadLetter"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
        DemandSeries: {
            items: {
                /** @description Where the bucket begins. */
                at: components["schemas"]["Instant"];
                modelId: components["schemas"]["ModelId"];
                /** @description Null where a request named none. */
                country: components["schemas"]["Country"] | null;
                clusters: number;
                devices: number;
            }[];
        };
        Device: {
            id: components["schemas"]["DeviceId"];
            index: number;
            modelId: components["schemas"]["ModelId"];
            uuid: string | null;
        };
        /** @example dev_01k0000000000000000000000a */
        DeviceId: string;
        Event: {
            id: string;
            /** @enum {string} */
            subjectKind: "cluster" | "task" | "worker" | "pool" | "organization" | "invoice";
            subjectId: string;
            /** @description `<subject>.<what>`, such as `cluster.running`. */
            type: string;
            /** @description The subject's state after it, when its life went on by it. */
            state: string | null;
            version: number | null;
            /** @description Who did it: a person, an API key, a worker, or `system:<process>`. */
            actorId: string;
            reason: string;
            body: {
                [key: string]: unknown;
            };
            at: components["schemas"]["Instant"];
        };
        EventPage: {
            items: components["schemas"]["Event"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
        Exclusion: {
            /** @description Which property of the request excluded them: `model`, `country`, `compliance`, … */
            dimension: string;
            /** @description What was asked for. */
            required: string;
            /** @description How many workers miss it, whatever else they miss. */
            excluded: number;
            /** @description How many more would match if only this were given up. */
            wouldMatch: number;
            /** @description The same for a person. */
            sentence: string;
        };
        Fleet: {
            items: components["schemas"]["FleetWorker"][];
        };
        FleetWorker: {
            id: components["schemas"]["WorkerId"];
            name: string;
            organizationId: components["schemas"]["OrganizationId"];
            poolId: components["schemas"]["PoolId"];
            /** @enum {string} */
            origin: "community" | "attached" | "simulated";
            simulated: boolean;
            /** @enum {string} */
            status: "running" | "idle" | "paused" | "draining" | "down" | "blocked" | "unsupported" | "inactive";
            /** @enum {string} */
            readiness: "registered" | "verified" | "cluster-ready" | "hired";
            modelId: components["schemas"]["ModelId"] | null;
            deviceCount: number;
            country: components["schemas"]["Country"];
            region: components["schemas"]["Region"];
            connectivityTier: components["schemas"]["ConnectivityTier"] | null;
            serviceTier: components["schemas"]["ServiceTier"];
            floorMicroUsdPerHour: components["schemas"]["MicroUsd"];
        };
        Health: {
            ok: boolean;
            components: {
                name: string;
                ok: boolean;
                detail: string | null;
            }[];
        };
        /**
         * Format: date-time
         * @description An instant, ISO 8601 with an offset.
         */
        Instant: string;
        InvariantList: {
            items: {
                number: number;
                name: string;
                held: boolean;
                offenders: {
                    id: string;
                    sentence: string;
                }[];
            }[];
        };
        /** @description Devices of one worker, held by one cluster. */
        Lease: {
            id: components["schemas"]["LeaseId"];
            clusterId: components["schemas"]["ClusterId"];
            workerId: components["schemas"]["WorkerId"];
            rank: number;
            modelId: components["schemas"]["ModelId"];
            devices: number;
            country: components["schemas"]["Country"];
            region: components["schemas"]["Region"];
            /** @enum {string} */
            state: "held" | "active" | "released";
            outcome: ("completed" | "preempted" | "failed" | "evicted") | null;
            priceMicroUsdPerDeviceHour: components["schemas"]["MicroUsd"];
            currency: components["schemas"]["Currency"];
            heldAt: components["schemas"]["Instant"];
            activeAt: components["schemas"]["Instant"] | null;
            releasedAt: components["schemas"]["Instant"] | null;
        };
        /** @example lea_01k0000000000000000000000a */
        LeaseId: string;
        LeaseList: {
            items: components["schemas"]["Lease"][];
        };
        LedgerEntry: {
            id: string;
            transactionId: string;
            /** @description What the transaction is: `hold`, `window`, `credit`, … */
            kind: string;
            description: string;
            /** @enum {string} */
            account: "balance" | "hold" | "earning" | "fee" | "grant" | "deposit" | "payout";
            /** @description Whose account it is; null is the platform's own. */
            organizationId: components["schemas"]["OrganizationId"] | null;
            /** @description Positive raises the account. */
            amountMicroUsd: components["schemas"]["MicroUsd"];
            currency: components["schemas"]["Currency"];
            clusterId: components["schemas"]["ClusterId"] | null;
            at: components["schemas"]["Instant"];
        };
        LedgerPage: {
            items: components["schemas"]["LedgerEntry"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
        Member: {
            personId: components["schemas"]["PersonId"];
            email: string;
            name: string;
            role: components["schemas"]["Role"];
            createdAt: components["schemas"]["Instant"];
        };
        /**
         * @description Money in micro-units (1 USD is 1000000), a whole number as a string.
         * @example 1500000
         */
        MicroUsd: string;
        /**
         * @description A hardware model, as `GET /models` lists them.
         * @example nvidia-h100-80gb-sxm
         */
        ModelId: string;
        NewAttestation: {
            workerId?: components["schemas"]["WorkerId"];
            poolId?: components["schemas"]["PoolId"];
            /** @enum {string} */
            compliance: "soc2" | "hipaa" | "gdpr" | "iso27001" | "trusted" | "e2e_encryption" | "clean_energy";
            evidence: string;
            expiresAt: components["schemas"]["Instant"];
        };
        NewBasePrice: {
            modelId: components["schemas"]["ModelId"];
            priceMicroUsdPerHour: components["schemas"]["PositiveMicroUsd"];
        };
        NewCredit: {
            amountMicroUsd: components["schemas"]["PositiveMicroUsd"];
            /** @description What it is for, once: the same reference credits nothing a second time. */
            reference: string;
            description?: string;
        };
        NewPool: {
            name: string;
            country: components["schemas"]["Country"];
            /**
             * @description `community` is where single machines join: only the operator makes one.
             * @default attached
             * @enum {string}
             */
            kind?: "community" | "attached";
            /** @description Stored encrypted, and never shown again. */
            kubeconfig: string;
            floorMicroUsdPerHour?: components["schemas"]["NonNegativeMicroUsd"];
        };
        /**
         * @description An amount in micro-units (1 USD is 1000000), as a string; not negative.
         * @example 1500000
         */
        NonNegativeMicroUsd: string;
        Organization: {
            id: components["schemas"]["OrganizationId"];
            name: string;
            /** @description The operating organization of this Muster. */
            operator: boolean;
            /** @description The most leased devices at once; null is no limit. */
            deviceQuota: number | null;
            createdAt: components["schemas"]["Instant"];
        };
        /** @example org_01k0000000000000000000000a */
        OrganizationId: string;
        OrganizationOverview: {
            organization: components["schemas"]["Organization"];
            balances: {
                currency: components["schemas"]["Currency"];
                balanceMicroUsd: components["schemas"]["MicroUsd"];
                heldMicroUsd: components["schemas"]["MicroUsd"];
            }[];
            members: components["schemas"]["Member"][];
            liveClusters: number;
            leasedDevices: number;
            workers: number;
        };
        OrganizationPage: {
            items: components["schemas"]["Organization"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
        /** @example per_01k0000000000000000000000a */
        PersonId: string;
        /** @description One Kubernetes cluster whose nodes are workers. */
        Pool: {
            id: components["schemas"]["PoolId"];
            organizationId: components["schemas"]["OrganizationId"];
            name: string;
            /** @enum {string} */
            kind: "community" | "attached";
            country: components["schemas"]["Country"];
            region: components["schemas"]["Region"];
            /** @enum {string} */
            state: "active" | "detached";
            floorMicroUsdPerHour: components["schemas"]["MicroUsd"];
            version: number;
            createdAt: components["schemas"]["Instant"];
        };
        /** @example pool_01k0000000000000000000000a */
        PoolId: string;
        PoolList: {
            items: components["schemas"]["Pool"][];
        };
        /**
         * @description A positive amount in micro-units (1 USD is 1000000), as a string.
         * @example 1500000
         */
        PositiveMicroUsd: string;
        PriceBook: {
            items: components["schemas"]["BasePrice"][];
        };
        PricePreview: {
            modelId: components["schemas"]["ModelId"];
            /** @description The base price in force; null when there is none. */
            currentMicroUsdPerHour: components["schemas"]["MicroUsd"] | null;
            proposedMicroUsdPerHour: components["schemas"]["MicroUsd"];
            /** @description Live clusters keep their prices: only what is hired from then on costs this. */
            regions: {
                region: components["schemas"]["Region"];
                simulated: boolean;
                readyDevices: number;
                hiredDevices: number;
                /** @description What a device-hour costs there now. */
                currentMicroUsdPerHour: components["schemas"]["MicroUsd"] | null;
                /** @description What it would cost at the same utilisation. */
                proposedMicroUsdPerHour: components["schemas"]["MicroUsd"];
                /** @description Ready devices whose floor the proposed price reaches. */
                devicesAboveFloor: number;
            }[];
        };
        /** @description A refusal (RFC 9457). */
        Problem: {
            /** @description A URI of the kind of problem. */
            type: string;
            title: string;
            status: number;
            /** @description What is wrong with this request. */
            detail: string;
            /**
             * @description Stable, for programs.
             * @enum {string}
             */
            code: "invalid_request" | "unauthenticated" | "forbidden" | "blocked" | "not_found" | "method_not_allowed" | "conflict" | "illegal_transition" | "already_exists" | "idempotency_conflict" | "expired" | "precondition_failed" | "too_large" | "unsupported_media_type" | "unfulfillable" | "price_guard" | "insufficient_funds" | "quota_exceeded" | "rate_limited" | "headers_too_large" | "internal" | "bad_gateway" | "unavailable";
            /** @description What to name when asking for help. */
            requestId: string;
            /** @description What the caller can do about it. */
            fix?: string;
            /** @description With `invalid_request`: each wrong field, as `body.processor.modelIds.0`. */
            fields?: {
                path: string;
                message: string;
            }[];
            /** @description With `unfulfillable`: how many workers match. */
            matching?: number;
            /** @description With `unfulfillable`: when enough hired workers are expected to be free. */
            freeAt?: string;
            /** @description With `unfulfillable`: why not, dimension by dimension. */
            exclusions?: components["schemas"]["Exclusion"][];
            /** @description With `unfulfillable`: the nearest requests that would work. */
            nearest?: components["schemas"]["RequestedCluster"][];
        } & {
            [key: string]: unknown;
        };
        QuotaChange: {
            deviceQuota: number | null;
        };
        /**
         * @description A region of the world, as `GET /countries` lists them.
         * @example europe
         */
        Region: string;
        Replay: {
            /** @description All when absent. */
            ids?: components["schemas"]["Sequence"][];
        };
        Replayed: {
            replayed: number;
        };
        RequestedCluster: {
            /**
             * @description A name of your own; made up when absent.
             * @example my-name
             */
            name?: string;
            kind: components["schemas"]["ClusterKind"];
            /**
             * @description Needed for a job; a container cluster without one is bare capacity for tasks.
             * @example registry.example/team/train:1.2
             */
            image?: string;
            /** @description In place of the image's entrypoint. */
            command?: string[];
            args?: string[];
            processor: {
                /** @description Any of these hardware models. */
                modelIds: components["schemas"]["ModelId"][];
                /** @default 1 */
                devicesPerWorker?: number;
            };
            workers: number;
            /** @description Any of these; anywhere when absent. */
            location?: {
                countries?: components["schemas"]["Country"][];
                regions?: components["schemas"]["Region"][];
            };
            connectivity?: {
                tier?: components["schemas"]["ConnectivityTier"];
                /** @description All workers in one site. */
                oneSite?: boolean;
                /** @description All workers in one NVLink or network domain. */
                oneNetworkDomain?: boolean;
            };
            /** @description All of these. */
            compliance?: components["schemas"]["Compliance"][];
            serviceTier?: components["schemas"]["ServiceTier"];
            /** @description How long; until stopped when absent. */
            time?: {
                hours?: number;
            };
            priceGuard?: {
                maxMicroUsdPerDeviceHour?: components["schemas"]["PositiveMicroUsd"];
                /** @description The cluster is stopped before it costs more. */
                spendingCapMicroUsd?: components["schemas"]["PositiveMicroUsd"];
            };
            autoscaling?: components["schemas"]["Autoscaling"];
            /** @description Stop when no task has run for so long. */
            idleShutdownSeconds?: number;
            simulated?: boolean;
        };
        RevenueSeries: {
            items: {
                /** @description Where the bucket begins. */
                at: components["schemas"]["Instant"];
                modelId: components["schemas"]["ModelId"];
                /** @description Null where a request named none. */
                country: components["schemas"]["Country"] | null;
                currency: components["schemas"]["Currency"];
                chargeMicroUsd: components["schemas"]["MicroUsd"];
                feeMicroUsd: components["schemas"]["MicroUsd"];
                earningMicroUsd: components["schemas"]["MicroUsd"];
            }[];
        };
        /** @enum {string} */
        Role: "owner" | "admin" | "member" | "billing" | "viewer";
        /** @description What keeps a worker from the next step of readiness, and what to do. */
        Rule: {
            check: string;
            required: string;
            actual: string;
            why: string;
            fix: string;
        };
        /**
         * @description A sequence number, as a string.
         * @example 123456789012
         */
        Sequence: string;
        /** @enum {string} */
        ServiceTier: "trusted" | "priority" | "economy";
        ServiceTierChange: {
            /** @enum {string} */
            serviceTier: "trusted" | "priority" | "economy";
            reason?: string;
        };
        SupplySeries: {
            items: {
                /** @description Where the bucket begins. */
                at: components["schemas"]["Instant"];
                modelId: components["schemas"]["ModelId"];
                /** @description Null where a request named none. */
                country: components["schemas"]["Country"] | null;
                /** @description Cluster-ready, on average over the bucket. */
                readyDevices: number;
                hiredDevices: number;
            }[];
        };
        UnmetDemandSeries: {
            items: {
                /** @description Where the bucket begins. */
                at: components["schemas"]["Instant"];
                modelId: components["schemas"]["ModelId"];
                /** @description Null where a request named none. */
                country: components["schemas"]["Country"] | null;
                requests: number;
                workers: number;
                devices: number;
            }[];
        };
        UtilisationSeries: {
            items: {
                /** @description Where the bucket begins. */
                at: components["schemas"]["Instant"];
                modelId: components["schemas"]["ModelId"];
                /** @description Null where a request named none. */
                country: components["schemas"]["Country"] | null;
                hiredDeviceHours: number;
                readyDeviceHours: number;
                /** @description 0 to 1. */
                utilisation: number;
            }[];
        };
        Worker: {
            id: components["schemas"]["WorkerId"];
            organizationId: components["schemas"]["OrganizationId"];
            poolId: components["schemas"]["PoolId"];
            name: string;
            /** @enum {string} */
            origin: "community" | "attached" | "simulated";
            simulated: boolean;
            /** @enum {string} */
            status: "running" | "idle" | "paused" | "draining" | "down" | "blocked" | "unsupported" | "inactive";
            /** @enum {string} */
            readiness: "registered" | "verified" | "cluster-ready" | "hired";
            /** @description The step that it is stuck below. */
            nextStep: ("registered" | "verified" | "cluster-ready" | "hired") | null;
            /** @description What keeps it from that step. */
            rules: components["schemas"]["Rule"][];
            connected: boolean;
            modelId: components["schemas"]["ModelId"] | null;
            deviceCount: number;
            devices: components["schemas"]["Device"][];
            country: components["schemas"]["Country"];
            region: components["schemas"]["Region"];
            site: string | null;
            networkDomain: string | null;
            serviceTier: components["schemas"]["ServiceTier"];
            compliance: components["schemas"]["Compliance"][];
            /** @description Measured. */
            downMbps: number | null;
            /** @description Measured. */
            upMbps: number | null;
            connectivityTier: components["schemas"]["ConnectivityTier"] | null;
            /** @description It is never leased for less. */
            floorMicroUsdPerHour: components["schemas"]["MicroUsd"];
            /** @description The lease it serves now. */
            leaseId: components["schemas"]["LeaseId"] | null;
            /** @description What the machine says of itself. */
            facts: {
                [key: string]: unknown;
            };
            version: number;
            lastSeenAt: components["schemas"]["Instant"] | null;
            createdAt: components["schemas"]["Instant"];
        };
        /** @example wrk_01k0000000000000000000000a */
        WorkerId: string;
        WorkerPage: {
            items: components["schemas"]["Worker"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "workers.fleet": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fleet"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "workers.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
                status?: ("running" | "idle" | "paused" | "draining" | "down" | "blocked" | "unsupported" | "inactive")[];
                readiness?: ("registered" | "verified" | "cluster-ready" | "hired")[];
                organizationId?: components["schemas"]["OrganizationId"];
                poolId?: components["schemas"]["PoolId"];
                modelId?: components["schemas"]["ModelId"];
                country?: components["schemas"]["Country"];
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkerPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "workers.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                workerId: components["schemas"]["WorkerId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Worker"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "workers.block": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                workerId: components["schemas"]["WorkerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Because"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Worker"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: It has changed in the meantime. `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "workers.unblock": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                workerId: components["schemas"]["WorkerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Because"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Worker"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: It has changed in the meantime. `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "workers.setServiceTier": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                workerId: components["schemas"]["WorkerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ServiceTierChange"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Worker"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: It has changed in the meantime. `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "clusters.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
                organizationId?: components["schemas"]["OrganizationId"];
                state?: components["schemas"]["ClusterState"][];
                live?: boolean;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClusterPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "clusters.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                clusterId: components["schemas"]["ClusterId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cluster"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "clusters.timeline": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                clusterId: components["schemas"]["ClusterId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "clusters.leases": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                clusterId: components["schemas"]["ClusterId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LeaseList"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "clusters.terminate": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                clusterId: components["schemas"]["ClusterId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @default asked by its owner */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Cluster"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `conflict`: It has changed in the meantime. `idempotency_conflict`: The Idempotency-Key belongs to another request. `illegal_transition`: It cannot do this in its state. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "organizations.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "organizations.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                organizationId: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationOverview"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "organizations.setQuota": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                organizationId: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuotaChange"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "organizations.credit": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path: {
                organizationId: components["schemas"]["OrganizationId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCredit"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credit"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "ledger.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
                organizationId?: components["schemas"]["OrganizationId"];
                clusterId?: components["schemas"]["ClusterId"];
                transactionId?: string;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "attestations.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
                workerId?: components["schemas"]["WorkerId"];
                poolId?: components["schemas"]["PoolId"];
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttestationPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "attestations.attest": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAttestation"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attestation"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_exists`: It exists already. `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "attestations.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                attestationId: components["schemas"]["AttestationId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "priceBook.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceBook"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "priceBook.set": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBasePrice"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BasePrice"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "priceBook.preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBasePrice"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PricePreview"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "deadLetters.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "deadLetters.replay": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Replay"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replayed"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "deadLetters.discard": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                deadLetterId: components["schemas"]["Sequence"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: There is no such thing. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "events.follow": {
        parameters: {
            query?: {
                subject?: ("cluster" | "task" | "worker" | "pool" | "organization" | "invoice")[];
            };
            header?: {
                /** @description The `id` of the last event received. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "pools.list": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PoolList"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "pools.attach": {
        parameters: {
            query?: never;
            header?: {
                /** @description A request sent again with the same key takes effect once, for 24 hours. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPool"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    /** @description `true` on an answer given before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pool"];
                };
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_exists`: It exists already. `idempotency_conflict`: The Idempotency-Key belongs to another request. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `too_large`: The request is too large. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unsupported_media_type`: Only application/json is understood. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "analytics.supply": {
        parameters: {
            query?: {
                from?: components["schemas"]["Instant"];
                to?: components["schemas"]["Instant"];
                bucket?: "hour" | "day";
                modelId?: components["schemas"]["ModelId"];
                country?: components["schemas"]["Country"];
                /** @description Simulated supply is counted apart, always. */
                simulated?: boolean;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupplySeries"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "analytics.demand": {
        parameters: {
            query?: {
                from?: components["schemas"]["Instant"];
                to?: components["schemas"]["Instant"];
                bucket?: "hour" | "day";
                modelId?: components["schemas"]["ModelId"];
                country?: components["schemas"]["Country"];
                /** @description Simulated supply is counted apart, always. */
                simulated?: boolean;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DemandSeries"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "analytics.unmetDemand": {
        parameters: {
            query?: {
                from?: components["schemas"]["Instant"];
                to?: components["schemas"]["Instant"];
                bucket?: "hour" | "day";
                modelId?: components["schemas"]["ModelId"];
                country?: components["schemas"]["Country"];
                /** @description Simulated supply is counted apart, always. */
                simulated?: boolean;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UnmetDemandSeries"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "analytics.utilisation": {
        parameters: {
            query?: {
                from?: components["schemas"]["Instant"];
                to?: components["schemas"]["Instant"];
                bucket?: "hour" | "day";
                modelId?: components["schemas"]["ModelId"];
                country?: components["schemas"]["Country"];
                /** @description Simulated supply is counted apart, always. */
                simulated?: boolean;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UtilisationSeries"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "analytics.revenue": {
        parameters: {
            query?: {
                from?: components["schemas"]["Instant"];
                to?: components["schemas"]["Instant"];
                bucket?: "hour" | "day";
                modelId?: components["schemas"]["ModelId"];
                country?: components["schemas"]["Country"];
                /** @description Simulated supply is counted apart, always. */
                simulated?: boolean;
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevenueSeries"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "audit.list": {
        parameters: {
            query?: {
                /** @description The `nextCursor` of the page before; none for the first page. */
                cursor?: string;
                /** @description How many items at most. */
                limit?: number;
                organizationId?: components["schemas"]["OrganizationId"];
            };
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request`: The request is malformed. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "audit.verify": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerification"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "system.invariants": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvariantList"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "system.health": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description It is still what If-None-Match names. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `unauthenticated`: Credentials are missing or wrong. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `blocked`: This address is not admitted. `forbidden`: These credentials may not do this. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `rate_limited`: Too many requests. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `internal`: A fault of ours. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: Not available just now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
