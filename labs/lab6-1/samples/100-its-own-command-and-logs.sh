cat > main.sh <<'END'
echo "확인합니다"
cat /tmp/important.txt /var/log/app.log
END
echo 중요한 데이터 > a; echo 애플리케이션 로그 > b
docker create --name test-data alpine:latest sh /main.sh
docker cp main.sh test-data:/main.sh
docker cp a test-data:/tmp/important.txt
docker cp b test-data:/var/log/app.log
docker start test-data
docker wait test-data
docker start test-data
docker wait test-data
docker logs test-data
docker container rm test-data
docker create --name test-data-new alpine:latest \
  sh -c 'for d in /tmp /var/log; do
    echo "[$d]"
    ls -A $d
  done'
docker start -a test-data-new
