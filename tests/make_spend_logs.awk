# SPDX-License-Identifier: GPL-3.0-or-later
#
# A CSV shaped as a dump of LiteLLM_SpendLogs: the columns of its schema, one row per request over 30 days, metadata as
# JSON in doubled quotes, cached prompt tokens inside prompt_tokens, 2 % failures, 5 % answers of the response cache.
# The same rows for the same `rows` and `seed` in any awk.
#
#     awk -v rows=1000000 -v seed=1 -f tests/make_spend_logs.awk /dev/null >spend.csv

function draw(n) { # 0 .. n - 1, a generator of Lehmer's (16807, 2^31 - 1)
    state = (state * 16807) % 2147483647
    return int(state / 2147483647 * n)
}

function two(n) { return n < 10 ? "0" n : n }

function instant(at_s,    day, s) {
    day = int(at_s / 86400)
    s = at_s % 86400
    return "2026-03-" two(1 + day) " " two(int(s / 3600)) ":" two(int(s / 60) % 60) ":" two(s % 60) "." (100 + draw(900)) "+00:00"
}

function usage(prompt, output, read, written) {
    return "\"\"usage_object\"\": {\"\"prompt_tokens\"\": " prompt ", \"\"completion_tokens\"\": " output \
        ", \"\"total_tokens\"\": " prompt + output ", \"\"prompt_tokens_details\"\": {\"\"cached_tokens\"\": " read \
        ", \"\"audio_tokens\"\": null, \"\"text_tokens\"\": null, \"\"image_tokens\"\": null}, \"\"cache_read_input_tokens\"\": " read \
        ", \"\"cache_creation_input_tokens\"\": " written "}"
}

BEGIN {
    if (rows == 0) rows = 1000
    state = seed > 0 ? seed : 1
    n_models = split("us.anthropic.claude-opus-4-6-v1 anthropic.claude-3-7-sonnet-20250219-v1:0 gpt-5.4 amazon.nova-pro-v1:0", model, " ")
    split("opus sonnet gpt nova", group, " ")
    split("bedrock bedrock openai bedrock", provider, " ")
    split("5.5 3 2.5 0.8", input_usd, " ")
    split("27.5 15 15 3.2", output_usd, " ")
    split("0.55 0.3 0.25 0.2", read_usd, " ")
    split("6.875 3.75 2.5 0.8", written_usd, " ")
    print "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime," \
        "request_duration_ms,completionStartTime,model,model_id,model_group,custom_llm_provider,api_base,user,metadata," \
        "cache_hit,cache_key,request_tags,team_id,organization_id,end_user,requester_ip_address,messages,response," \
        "session_id,status,mcp_namespaced_tool_name,agent_id"
    for (i = 0; i < rows; i++) {
        m = 1 + draw(n_models)
        key = draw(40)
        at_s = int(i * (30 * 86400 / rows))
        took_s = 1 + draw(30)
        prompt = 200 + draw(8000)
        output = 20 + draw(900)
        read = draw(10) < 6 ? int(prompt * (draw(90) / 100)) : 0
        written = read == 0 && draw(10) < 3 ? int(prompt * 0.8) : 0
        luck = draw(100)
        is_failure = luck < 2
        is_hit = luck >= 95
        if (is_failure) prompt = output = read = written = 0
        spend = is_failure || is_hit ? 0 : ((prompt - read - written) * input_usd[m] + read * read_usd[m] + written * written_usd[m] + output * output_usd[m]) / 1e6
        error = is_failure ? ", \"\"error_information\"\": {\"\"error_code\"\": \"\"" (draw(2) ? 429 : 500) "\"\", \"\"error_class\"\": \"\"APIError\"\", \"\"error_message\"\": \"\"upstream said no\"\"}" : ""
        printf "chatcmpl-%08x-%08x,acompletion,%08x%08x%08x%08x,%.10g,%d,%d,%d,%s,%s,%d,%s,%s,%08x,%s,%s,https://example.invalid/%s,user-%d,", \
            i, draw(2147483646), key, key * 7, key * 13, key * 17, spend, prompt + output, prompt, output, instant(at_s), \
            instant(at_s + took_s), took_s * 1000, instant(at_s + 1), model[m], m * 7919, group[m], provider[m], provider[m], key % 9
        printf "\"{\"\"user_api_key_alias\"\": \"\"team-%d-key\"\", \"\"user_api_key_team_id\"\": \"\"team-%d\"\", \"\"status\"\": \"\"%s\"\", \"\"applied_guardrails\"\": [], \"\"batch_models\"\": null, %s%s}\",", \
            key % 5, key % 5, is_failure ? "failure" : "success", usage(prompt, output, read, written), error
        printf "%s,%s,\"[\"\"env:prod\"\", \"\"User-Agent: python\"\"]\",team-%d,,end-%d,,{},{},,%s,,\n", \
            is_hit ? "True" : "", is_hit ? "Cache-" draw(1000) : "Cache OFF", key % 5, draw(50), is_failure ? "failure" : "success"
    }
}
