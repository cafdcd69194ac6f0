// Generated from the contract by generate.ts.
export interface paths {
    "/enrolment-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the tokens */
        get: operations["enrolmentTokens.list"];
        put?: never;
        /**
         * Make a token by which one machine joins
         * @description The token is shown in this answer and never again.
         */
        post: operations["enrolmentTokens.create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/enrolment-tokens/{enrolmentTokenId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a token: whether it was used, and by which worker */
        get: operations["enrolmentTokens.get"];
        put?: never;
        post?: never;
        /** Revoke a token that was not used */
        delete: operations["enrolmentTokens.revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/enrolments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Join: a token and a certificate request for a certificate */
        post: operations["agents.enrol"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/certificates/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renew a worker's certificate before it ends */
        post: operations["agents.renew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/agent/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An agent's connection
         * @description A WebSocket over mutual TLS, held open by the agent.
         */
        get: operations["agents.connect"];
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
        /** List your workers */
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
        /** Read a worker, with what keeps it from earning */
        get: operations["workers.get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change its name or its floor price */
        patch: operations["workers.update"];
        trace?: never;
    };
    "/workers/{workerId}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take no new leases until resumed */
        post: operations["workers.pause"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take leases again */
        post: operations["workers.resume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Finish the lease it serves, and take no other */
        post: operations["workers.drain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to it, oldest first */
        get: operations["workers.timeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/leases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The leases that it served, newest first */
        get: operations["workers.leases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/workers/{workerId}/uptime": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How long it was up on each of the last 30 days, oldest first
         * @description In UTC, from its events; a day before it joined is not listed.
         */
        get: operations["workers.uptime"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/earnings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What your workers earned, by day and worker */
        get: operations["earnings.list"];
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
        /** List your pools */
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
    "/pools/{poolId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Detach a pool without live leases */
        delete: operations["pools.detach"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the market pays for a device-hour now, by model and region */
        get: operations["market.list"];
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
        /** @description The cluster keeps between these many workers, by its queued tasks. */
        Autoscaling: {
            minWorkers: number;
            maxWorkers: number;
        };
        /**
         * @description `container`: an image on every worker, or bare capacity for tasks. `job`: the image runs once to completion.
         * @enum {string}
         */
        ClusterKind: "container" | "job";
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
        CreatedEnrolmentToken: {
            id: components["schemas"]["EnrolmentTokenId"];
            name: string | null;
            country: components["schemas"]["Country"];
            poolId: components["schemas"]["PoolId"];
            floorMicroUsdPerHour: components["schemas"]["MicroUsd"];
            createdAt: components["schemas"]["Instant"];
            expiresAt: components["schemas"]["Instant"];
            /** @description The token itself, for one worker. It is shown only now. */
            token: string;
        };
        /**
         * @description `USD` is money. `SIM` is what simulated workers cost, `PTS` are reward points: neither is ever paid out.
         * @enum {string}
         */
        Currency: "USD" | "SIM" | "PTS";
        Device: {
            id: components["schemas"]["DeviceId"];
            index: number;
            modelId: components["schemas"]["ModelId"];
            uuid: string | null;
        };
        /** @example dev_01k0000000000000000000000a */
        DeviceId: string;
        Earning: {
            /** Format: date */
            day: string;
            workerId: components["schemas"]["WorkerId"];
            currency: components["schemas"]["Currency"];
            deviceSeconds: number;
            earningMicroUsd: components["schemas"]["MicroUsd"];
        };
        Earnings: {
            items: components["schemas"]["Earning"][];
            /** @description In money: what simulated workers earned is not part of it. */
            totalMicroUsd: components["schemas"]["MicroUsd"];
        };
        Enrolled: {
            workerId: components["schemas"]["WorkerId"];
            certificate: string;
            caCertificate: string;
            connectUrl: string;
        };
        Enrolment: {
            token: string;
            /** @description A PKCS #10 certificate request, PEM. */
            csr: string;
            facts: components["schemas"]["WorkerFacts"];
        };
        EnrolmentToken: {
            id: components["schemas"]["EnrolmentTokenId"];
            name: string | null;
            country: components["schemas"]["Country"];
            poolId: components["schemas"]["PoolId"];
            floorMicroUsdPerHour: components["schemas"]["MicroUsd"];
            createdAt: components["schemas"]["Instant"];
            expiresAt: components["schemas"]["Instant"];
            usedAt: components["schemas"]["Instant"] | null;
            workerId: components["schemas"]["WorkerId"] | null;
        };
        /** @example enr_01k0000000000000000000000a */
        EnrolmentTokenId: string;
        EnrolmentTokenPage: {
            items: components["schemas"]["EnrolmentToken"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
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
        /**
         * Format: date-time
         * @description An instant, ISO 8601 with an offset.
         */
        Instant: string;
        /** @example lea_01k0000000000000000000000a */
        LeaseId: string;
        /** @description What the market pays for one device-hour now. */
        MarketPrice: {
            modelId: components["schemas"]["ModelId"];
            region: components["schemas"]["Region"];
            at: components["schemas"]["Instant"];
            priceMicroUsdPerHour: components["schemas"]["MicroUsd"];
            readyDevices: number;
            hiredDevices: number;
        };
        MarketPriceList: {
            items: components["schemas"]["MarketPrice"][];
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
        NewEnrolmentToken: {
            /** @description The name of the worker that will join by it. */
            name?: string;
            country: components["schemas"]["Country"];
            floorMicroUsdPerHour?: components["schemas"]["NonNegativeMicroUsd"];
            poolId?: components["schemas"]["PoolId"];
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
        /** @example org_01k0000000000000000000000a */
        OrganizationId: string;
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
        /**
         * @description A region of the world, as `GET /countries` lists them.
         * @example europe
         */
        Region: string;
        Renewal: {
            /** @description A PKCS #10 certificate request, PEM. */
            csr: string;
        };
        RenewedCertificate: {
            certificate: string;
            caCertificate: string;
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
        /** @description What keeps a worker from the next step of readiness, and what to do. */
        Rule: {
            check: string;
            required: string;
            actual: string;
            why: string;
            fix: string;
        };
        /** @enum {string} */
        ServiceTier: "trusted" | "priority" | "economy";
        Uptime: {
            items: {
                /** Format: date */
                day: string;
                /** @description Connected and in order: `idle`, `running`, `paused` or `draining`. */
                upSeconds: number;
                /** @description `down`, `blocked`, `unsupported` or `inactive`. */
                downSeconds: number;
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
        WorkerChange: {
            name?: string;
            floorMicroUsdPerHour?: components["schemas"]["NonNegativeMicroUsd"];
        };
        WorkerFacts: {
            agentVersion: string;
            hostname: string;
            os: string;
            kernel: string;
            architecture: string;
            cpuModel: string;
            cpuCores: number;
            memoryBytes: number;
            diskBytes: number;
            diskFreeBytes: number;
            gpus: {
                index: number;
                uuid: string;
                name: string;
                memoryMib: number;
                driverVersion: string;
                computeCapability?: string;
                migProfile?: string;
            }[];
            cudaVersion?: string;
            engine: {
                /** @enum {string} */
                name: "podman" | "docker";
                version: string;
                cgroups: string;
            };
        };
        /** @example wrk_01k0000000000000000000000a */
        WorkerId: string;
        /** @description A lease as its supplier sees it: not whose cluster it is. */
        WorkerLease: {
            id: components["schemas"]["LeaseId"];
            workerId: components["schemas"]["WorkerId"];
            devices: number;
            state: string;
            outcome: string | null;
            priceMicroUsdPerDeviceHour: components["schemas"]["MicroUsd"];
            currency: components["schemas"]["Currency"];
            heldAt: components["schemas"]["Instant"];
            activeAt: components["schemas"]["Instant"] | null;
            releasedAt: components["schemas"]["Instant"] | null;
        };
        WorkerLeasePage: {
            items: components["schemas"]["WorkerLease"][];
            /** @description Where the next page begins; null at the end. */
            nextCursor: string | null;
        };
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
    "enrolmentTokens.list": {
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
                    "application/json": components["schemas"]["EnrolmentTokenPage"];
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
    "enrolmentTokens.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEnrolmentToken"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedEnrolmentToken"];
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
    "enrolmentTokens.get": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: 304 if it is still the same. */
                "If-None-Match"?: string;
            };
            path: {
                enrolmentTokenId: components["schemas"]["EnrolmentTokenId"];
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
                    "application/json": components["schemas"]["EnrolmentToken"];
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
    "enrolmentTokens.revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                enrolmentTokenId: components["schemas"]["EnrolmentTokenId"];
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
            /** @description `conflict`: It has changed in the meantime. */
            409: {
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
    "agents.enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Enrolment"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrolled"];
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
            /** @description `blocked`: This address is not admitted. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `expired`: It is no longer valid. */
            410: {
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
    "agents.renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Renewal"];
            };
        };
        responses: {
            /** @description Made. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RenewedCertificate"];
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
    "agents.connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connection is a WebSocket from here on. */
            101: {
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
    "workers.update": {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag that was read: nothing is changed if somebody else was faster. */
                "If-Match"?: string;
            };
            path: {
                workerId: components["schemas"]["WorkerId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WorkerChange"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
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
            /** @description `conflict`: It has changed in the meantime. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `precondition_failed`: It has changed since it was read. */
            412: {
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
    "workers.pause": {
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
                "application/json": Record<string, never>;
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
    "workers.resume": {
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
                "application/json": Record<string, never>;
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
    "workers.drain": {
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
                "application/json": Record<string, never>;
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
    "workers.timeline": {
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
    "workers.leases": {
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
                    "application/json": components["schemas"]["WorkerLeasePage"];
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
    "workers.uptime": {
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
                    "application/json": components["schemas"]["Uptime"];
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
    "earnings.list": {
        parameters: {
            query?: {
                from?: components["schemas"]["Instant"];
                to?: components["schemas"]["Instant"];
                workerId?: components["schemas"]["WorkerId"];
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
                    "application/json": components["schemas"]["Earnings"];
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
            /** @description `quota_exceeded`: A limit of the organization is reached. */
            422: {
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
    "pools.detach": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                poolId: components["schemas"]["PoolId"];
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
            /** @description `conflict`: It has changed in the meantime. `illegal_transition`: It cannot do this in its state. */
            409: {
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
    "market.list": {
        parameters: {
            query?: {
                modelId?: components["schemas"]["ModelId"];
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
                    "application/json": components["schemas"]["MarketPriceList"];
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
}
