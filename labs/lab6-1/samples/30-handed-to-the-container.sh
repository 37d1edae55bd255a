echo "중요한 데이터" > important.txt
docker run -dit --name test-data alpine:latest
docker restart -t 0 test-data
docker exec -i test-data cat < important.txt
docker exec -i test-data cat <<END
애플리케이션 로그
END
cat important.txt | docker exec -i test-data cat
docker rm -f test-data
docker run --name test-data-new alpine:latest echo /tmp /var/log
